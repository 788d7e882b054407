import type { BatchSource } from "./delivery/batch-source.ts";
import { type DeliveryOptions, resolveDelivery } from "./delivery/delivery-options.ts";
import type { Ledger } from "./delivery/ledger.ts";
import { Outage } from "./delivery/outage.ts";
import { Sender, type SenderCounts, type SenderState } from "./delivery/sender.ts";
import { guarded, type Logger } from "./logger.ts";
import type { Tls } from "./transport/credentials.ts";
import { GrpcTransport } from "./transport/grpc-transport.ts";

export interface DeliverQueueOptions {
  /** `host:port`, or a gRPC name. */
  readonly target: string;
  readonly tls: Tls;
  readonly token?: string | (() => string);
  /** What to deliver: asked at every hello. */
  readonly source: () => BatchSource;
  /** Where what was answered for is added up. */
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Something was acknowledged. */
  readonly onProgress: () => void;
}

/** The delivery of a queue, for as long as it lives. It does not keep the process alive. */
export interface QueueDelivery {
  readonly state: SenderState;
  readonly counts: Readonly<SenderCounts>;
  /** There may be something to send. */
  wake(): void;
  /** Ends delivery within so many milliseconds. Idempotent. */
  close(limitMs: number): Promise<void>;
}

/**
 * Delivers the batches of a queue over Record, each once, and to a server that has no Record by Add.
 *
 * @throws CountClientError `invalid` (an option).
 */
export function deliverQueue(options: DeliverQueueOptions): QueueDelivery {
  const { target, tls, token, source, ledger, onProgress } = options;
  const delivery = resolveDelivery(options.delivery);
  const logger = guarded(options.logger);
  const monotonicNow = (): number => performance.now();
  const outage = new Outage(logger, monotonicNow);
  const sender = new Sender({
    transport: new GrpcTransport({
      target,
      tls,
      ...(token === undefined ? {} : { token }),
      connectTimeoutMs: delivery.connectTimeoutMs,
    }),
    source,
    ledger,
    logger,
    delivery,
    monotonicNow,
    random: Math.random,
    mayAdd: true,
    onProgress: () => {
      outage.over();
      onProgress();
    },
    onStop: (because) => logger.warn(`nothing is delivered any more: ${because}`),
    onFailure: (failure) => outage.failed(failure),
  });
  return {
    get state() {
      return sender.state;
    },
    get counts() {
      return sender.counts;
    },
    wake: () => sender.wake(),
    close: (limitMs) => sender.close(limitMs),
  };
}
