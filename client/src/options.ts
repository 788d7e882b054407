import { CountClientError } from "./count-client-error.ts";
import { isValidService, MAX_TEXT_BYTES } from "./counting/path.ts";
import { type DeliveryOptions, resolveDelivery } from "./delivery/delivery-options.ts";
import type { DiskQueueOptions } from "./disk/disk-queue.ts";
import { guarded, type Logger, processWarnings } from "./logger.ts";
import type { Tls } from "./transport/credentials.ts";

export interface CounterOptions {
  /**
   * The server: `host:port`, or a gRPC name (`dns:///count:7777`, `ipv4:10.0.0.1:7777,10.0.0.2:7777`). All addresses of a
   * name are used in turn.
   */
  readonly target: string;
  /** The service of requests that are recorded without one. Default: the empty service. */
  readonly service?: string;
  /** Default false: no TLS. True: the authorities of Node; or PEM files; or credentials of grpc-js. */
  readonly tls?: Tls;
  /** Sent as `authorization: Bearer …`. Default: none. */
  readonly token?: string | (() => string);
  /** Different (service, method, path) that may be open at a time; more are counted under `(overflow)`. Default 2,000. */
  readonly maxKeys?: number;
  /**
   * Different (service, method, path, 15-minute interval) that may wait in memory; more are dropped as `queue_full`. Default
   * 200,000, which is a day of 2,000 keys. An entry takes about 60 bytes, and a key that is new 400 and twice its strings, which
   * together may have 8 MiB (or 512 bytes for each of `maxKeys`, if that is more); then new paths are counted under `(overflow)`.
   */
  readonly maxWaiting?: number;
  /** Counts are sealed after so many milliseconds, or 1,000 keys. Default 1,000; what is not sealed dies with the process. */
  readonly sealAfterMs?: number;
  /** Default: none; what waits is in memory. */
  readonly diskQueue?: DiskQueueOptions;
  /**
   * When the process ends by itself (not by process.exit() or a signal), it is kept for at most so many milliseconds to
   * flush. Default 2,000; 0 lets it go with what it has.
   */
  readonly flushAtExitMs?: number;
  /** Default: warnings of the process (`process.emitWarning`), each once. */
  readonly logger?: Logger;
  readonly delivery?: Partial<DeliveryOptions>;
  /** The wall clock, in milliseconds since 1970-01-01T00:00:00Z. Default Date.now. */
  readonly now?: () => number;
  /** A clock that never jumps, in milliseconds, for ages. Default performance.now. */
  readonly monotonicNow?: () => number;
  /** 0 to below 1, for jitter. Default Math.random. */
  readonly random?: () => number;
}

export type ResolvedOptions = Required<Omit<CounterOptions, "token" | "diskQueue" | "delivery">> & {
  readonly token: CounterOptions["token"];
  readonly diskQueue: DiskQueueOptions | undefined;
  readonly delivery: DeliveryOptions;
};

/** @throws CountClientError `invalid` naming the option, its value and what is accepted. */
export function resolveOptions(options: CounterOptions): ResolvedOptions {
  const service = options.service ?? "";
  if (!isValidService(service)) {
    throw new CountClientError(
      "invalid",
      `service ${JSON.stringify(service)} is not up to ${MAX_TEXT_BYTES} bytes of UTF-8 without NUL`,
    );
  }
  return Object.freeze({
    target: options.target,
    service,
    tls: options.tls ?? false,
    token: options.token,
    maxKeys: within("maxKeys", options.maxKeys, 2_000, 1, 100_000),
    maxWaiting: within("maxWaiting", options.maxWaiting, 200_000, 1, 10_000_000),
    sealAfterMs: within("sealAfterMs", options.sealAfterMs, 1_000, 1, 60_000),
    diskQueue: options.diskQueue,
    flushAtExitMs: within("flushAtExitMs", options.flushAtExitMs, 2_000, 0, 600_000),
    logger: guarded(options.logger ?? processWarnings()),
    delivery: resolveDelivery(options.delivery),
    now: steady(options.now ?? Date.now),
    monotonicNow: steady(options.monotonicNow ?? (() => performance.now())),
    random: options.random ?? Math.random,
  });
}

/** A clock that throws stands still: `record()` reads it in the middle of counting. */
function steady(clock: () => number): () => number {
  let last = 0;
  return () => {
    try {
      last = clock();
    } catch {
      // It stands still.
    }
    return last;
  };
}

function within(name: string, value: number | undefined, byDefault: number, min: number, max: number): number {
  if (value === undefined) return byDefault;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CountClientError("invalid", `${name} ${value} is not a whole number of ${min} to ${max}`);
}
