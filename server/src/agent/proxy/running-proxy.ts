import type { Address } from "../../config/address.ts";

/** A reverse proxy that listens. */
export interface RunningProxy {
  readonly address: Address;
  /**
   * Takes no new connection, and waits for the requests under way; after `limitMs` it cuts them off. Idempotent.
   *
   * @returns false when requests were cut off.
   */
  drain(limitMs: number): Promise<boolean>;
}
