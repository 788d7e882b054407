/** What the server admits. Every limit is configurable; what is over one is refused with a reason, or counted under a placeholder. */
export interface Limits {
  /** Length of a path, and of a service, in bytes of UTF-8. Default 256. A longer one is refused. */
  readonly maxPathBytes: number;
  /** Different paths of a service. Default 10,000. What comes after them is counted under `(overflow)`. */
  readonly maxPathsPerService: number;
  /** Different services. Default 1,000. A request of one more is refused. */
  readonly maxServices: number;
  /** How far a timestamp may be ahead of the server's clock, in milliseconds. Default 5 minutes. */
  readonly maxAheadMs: number;
  /** How far a timestamp may lie back, in milliseconds. Default: unlimited (Infinity). */
  readonly maxBehindMs: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxPathBytes: 256,
  maxPathsPerService: 10_000,
  maxServices: 1_000,
  maxAheadMs: 300_000,
  maxBehindMs: Number.POSITIVE_INFINITY,
});

/** The path that is counted once a service has {@link Limits.maxPathsPerService} others. */
export const OVERFLOW_PATH = "(overflow)";
