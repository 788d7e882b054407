import { CountClientError } from "../count-client-error.ts";

/** How batches are delivered. All times are in milliseconds. */
export interface DeliveryOptions {
  /** How long making a connection may take. Default 5,000: a process that ends by itself may be held up for as long. */
  readonly connectTimeoutMs: number;
  /** How long the server may take to answer the hello. Default 10,000; then the sender tries another address. */
  readonly helloTimeoutMs: number;
  /** How long no batch in flight may be acknowledged. Default 30,000; then the sender tries another address. */
  readonly ackTimeoutMs: number;
  /** Retries wait a random time up to `minBackoffMs`, doubled with each failure, and never above `maxBackoffMs`. Default 200. */
  readonly minBackoffMs: number;
  /** Default 5,000. */
  readonly maxBackoffMs: number;
  /**
   * A stream is ended in good order after this time, ± 20 %, so that senders move on to servers that came later and leave
   * those that are to go. Default 300,000.
   */
  readonly maxStreamAgeMs: number;
  /** Batches that may be in flight. Default 8. */
  readonly maxInFlight: number;
  /** Bytes that may be in flight; at least one batch always may. Default 4 MiB. */
  readonly maxInFlightBytes: number;
  /** How long Add is used once a server turned out to have no Record, before looking again. Default 600,000. */
  readonly addForMs: number;
}

const DEFAULTS: DeliveryOptions = Object.freeze({
  connectTimeoutMs: 5_000,
  helloTimeoutMs: 10_000,
  ackTimeoutMs: 30_000,
  minBackoffMs: 200,
  maxBackoffMs: 5_000,
  maxStreamAgeMs: 300_000,
  maxInFlight: 8,
  maxInFlightBytes: 4 * 1024 * 1024,
  addForMs: 600_000,
});

/** @throws CountClientError `invalid` naming the option. */
export function resolveDelivery(options: Partial<DeliveryOptions> = {}): DeliveryOptions {
  const resolved = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof DeliveryOptions)[]) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (!(typeof value === "number" && value >= 1 && value <= 2 ** 31 - 1)) {
      throw new CountClientError("invalid", `delivery.${name} ${JSON.stringify(value)} is not 1 to 2147483647`);
    }
    resolved[name] = value;
  }
  return Object.freeze(resolved);
}
