import { status } from "@grpc/grpc-js";
import { type CountRow, encodeCounts } from "./batch/encode-counts.ts";
import type { SealedBatch } from "./batch/sealed-batch.ts";
import { CountClientError } from "./count-client-error.ts";
import { type DeliveryOptions, resolveDelivery } from "./delivery/delivery-options.ts";
import { Ledger } from "./delivery/ledger.ts";
import { PulledSource } from "./delivery/pulled-source.ts";
import { Sender } from "./delivery/sender.ts";
import { guarded, type Logger, processWarnings } from "./logger.ts";
import type { Tls } from "./transport/credentials.ts";
import { GrpcTransport } from "./transport/grpc-transport.ts";
import type { CallStatus } from "./transport/transport.ts";

export interface DeliverOptions {
  /** `host:port`, or a gRPC name such as `dns:///count:7777`. */
  readonly target: string;
  /** 16 bytes, the identity of the input: see {@link clientIdOf}. */
  readonly clientId: Uint8Array;
  /**
   * The input as batches of at most 1,000 rows. The n-th is batch n: the same input must give the same batches in the same
   * order, whenever and wherever it is delivered. Pulled as the server takes them; returned when delivery fails.
   */
  readonly batches: AsyncIterable<readonly CountRow[]> | Iterable<readonly CountRow[]>;
  /** Default false: no TLS. */
  readonly tls?: Tls;
  readonly token?: string | (() => string);
  /** Without it a proxy that the environment names is used, if there is one. False is for a server on this machine. */
  readonly httpProxy?: boolean;
  /** Called after the greeting, each acknowledgement, and each batch that the server turns out to have already. */
  readonly onProgress?: (progress: DeliveryProgress) => void;
  /** Gives up. What was acknowledged stays so: the next run goes on behind it. */
  readonly signal?: AbortSignal;
  /** Gives up after so many milliseconds without progress. Default 60,000. */
  readonly maxStallMs?: number;
  readonly logger?: Logger;
  readonly delivery?: Partial<DeliveryOptions>;
}

export interface DeliveryProgress {
  /** Batches and requests that the server has answered for, in this run. */
  readonly batches: number;
  readonly requests: number;
  /** Those that it had answered for in an earlier run, as far as the input has been read. */
  readonly batchesKnownBefore: number;
  readonly requestsKnownBefore: number;
  /** What the server refused of this input, by reason, in this and in earlier runs. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * Delivers an input that has an identity, such as a file, exactly once: interrupted, repeated, or run twice at the same
 * time, each of its batches is counted once, for as long as the server remembers the identity (35 days).
 *
 * @returns When the server has answered for everything.
 * @throws CountClientError `invalid` (an option), `unimplemented` (the server has no Record; nothing was counted),
 *   `identity` (the server knows more batches than the input has, or has forgotten some during the run), `denied`,
 *   `cancelled`, `timeout`. What the input throws is thrown as it is.
 */
export async function deliverBatches(options: DeliverOptions): Promise<DeliveryProgress> {
  const { clientId, maxStallMs = 60_000, signal } = options;
  if (clientId.length !== 16) throw new CountClientError("invalid", `clientId has ${clientId.length} bytes, not 16`);
  if (signal?.aborted === true) throw new CountClientError("cancelled", "the delivery was cancelled", signal.reason);
  const delivery = resolveDelivery(options.delivery);
  const ledger = new Ledger();
  const transport = new GrpcTransport({
    target: options.target,
    tls: options.tls ?? false,
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.httpProxy === undefined ? {} : { httpProxy: options.httpProxy }),
    connectTimeoutMs: delivery.connectTimeoutMs,
  });
  const iterator = encoded(options.batches);
  let lastFailure = "";
  let batchesSentBefore = 0;
  let batchesKnownBefore = 0;
  const { promise, resolve, reject } = withResolvers();
  const source = new PulledSource({
    clientId,
    batches: iterator,
    ledger,
    onAvailable: () => {
      stall.refresh();
      if (source.batchesKnownBefore > batchesKnownBefore) {
        batchesKnownBefore = source.batchesKnownBefore;
        options.onProgress?.(progress());
      }
      sender.wake();
      finishIfDone();
    },
    onError: (error) => reject(error),
  });
  const progress = (): DeliveryProgress => ({
    batches: Math.min(source.acknowledgedNumber, source.pulled) - source.batchesKnownBefore,
    requests: ledger.acknowledged,
    batchesKnownBefore: source.batchesKnownBefore,
    requestsKnownBefore: source.requestsKnownBefore,
    refused: ledger.refused(),
  });
  const finishIfDone = (): void => {
    if (source.isFinished) resolve();
  };
  const sender = new Sender({
    transport,
    source: () => source,
    ledger,
    logger: guarded(options.logger ?? processWarnings()),
    delivery,
    monotonicNow: () => performance.now(),
    random: Math.random,
    mayAdd: false,
    onProgress: () => {
      if (source.acknowledgedNumber > batchesSentBefore) stall.refresh();
      batchesSentBefore = source.acknowledgedNumber;
      options.onProgress?.(progress());
      finishIfDone();
    },
    onStop: (because) => reject(new CountClientError("identity", because)),
    onFailure: (failure) => {
      lastFailure = `; last: ${failure.details}`;
      const error = fatal(failure);
      if (error !== undefined) reject(error);
    },
  });
  // The one thing that keeps the process alive here.
  const stall = setTimeout(() => {
    reject(new CountClientError("timeout", `no progress in ${maxStallMs} ms${lastFailure}`));
  }, maxStallMs);
  const onAbort = (): void => {
    reject(new CountClientError("cancelled", "the delivery was cancelled", signal?.reason));
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    sender.wake();
    await promise;
    await sender.close(1_000);
    return progress();
  } finally {
    clearTimeout(stall);
    signal?.removeEventListener("abort", onAbort);
    await sender.close(0);
    // Not awaited: an input that is stuck answers this only when it is no longer stuck.
    void iterator.return(undefined).catch(() => undefined);
  }
}

async function* encoded(batches: DeliverOptions["batches"]): AsyncGenerator<SealedBatch, void, undefined> {
  for await (const rows of batches) yield encodeCounts(rows);
}

/** A failure that trying again will not mend. */
function fatal({ code, details }: CallStatus): CountClientError | undefined {
  if (code === status.UNIMPLEMENTED) return new CountClientError("unimplemented", `no Record: ${details}`);
  if (code === status.INVALID_ARGUMENT) return new CountClientError("invalid", details);
  if (code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED) {
    return new CountClientError("denied", details);
  }
  return undefined;
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
