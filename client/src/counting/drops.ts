/** Why a client did not count a request. */
export type DropReason =
  /** `record()` was called with something that is not a method, a path or a time. */
  | "invalid"
  /** The path is empty, has a NUL or a lone surrogate, or is over 1,024 bytes. */
  | "path_invalid"
  /** The service has a NUL or a lone surrogate, or is over 1,024 bytes. */
  | "service_invalid"
  /** Too many different keys, and too many services and methods to count the request under `(overflow)`. */
  | "too_many_keys"
  /** The counts that wait for a server fill the memory or the disk that they may take. */
  | "queue_full"
  /** It waited for 24 hours. */
  | "expired"
  /** It was in the queue on disk and could not be read back. */
  | "disk_damaged"
  /** `record()` was called after `close()`. */
  | "closed"
  /** A fault of this package. */
  | "internal";

export const DROP_REASONS: readonly DropReason[] = [
  "invalid",
  "path_invalid",
  "service_invalid",
  "too_many_keys",
  "queue_full",
  "expired",
  "disk_damaged",
  "closed",
  "internal",
];

/** How many requests a client has dropped, by reason. */
export class Drops {
  #total = 0;
  readonly #byReason: Record<DropReason, number> = {
    invalid: 0,
    path_invalid: 0,
    service_invalid: 0,
    too_many_keys: 0,
    queue_full: 0,
    expired: 0,
    disk_damaged: 0,
    closed: 0,
    internal: 0,
  };
  readonly #onDrop: (reason: DropReason, requests: number) => void;

  constructor(onDrop: (reason: DropReason, requests: number) => void = () => undefined) {
    this.#onDrop = onDrop;
  }

  add(reason: DropReason, requests: number): void {
    this.#total += requests;
    this.#byReason[reason] += requests;
    this.#onDrop(reason, requests);
  }

  get total(): number {
    return this.#total;
  }

  byReason(): Record<DropReason, number> {
    return { ...this.#byReason };
  }
}
