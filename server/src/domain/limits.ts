/** What the server admits. Every limit is configurable; what is over one is refused with a reason, or counted under a placeholder. */
export interface Limits {
  /**
   * Length of a path, and of a service, in bytes of UTF-8. Default 1,024, which real access logs stay within; a longer one
   * is refused. At most {@link HIGHEST_MAX_PATH_BYTES}.
   */
  readonly maxPathBytes: number;
  /** Different paths of a service. Default 10,000. What comes after them is counted under `(overflow)`. */
  readonly maxPathsPerService: number;
  /** Different services. Default 1,000. A request of one more is counted under the service `(overflow)`. */
  readonly maxServices: number;
  /** How far a timestamp may be ahead of the server's clock, in milliseconds. Default 5 minutes. */
  readonly maxAheadMs: number;
  /** How far a timestamp may lie back, in milliseconds. Default: unlimited (Infinity). */
  readonly maxBehindMs: number;
}

/**
 * An index entry of PostgreSQL holds at most 2,704 bytes, which a path and a service share. Beyond that an insert fails, and
 * with it everything that is stored together with it.
 */
export const HIGHEST_MAX_PATH_BYTES = 1_300;

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxPathBytes: 1_024,
  maxPathsPerService: 10_000,
  maxServices: 1_000,
  maxAheadMs: 300_000,
  maxBehindMs: Number.POSITIVE_INFINITY,
});

/**
 * The path that is counted once a service has {@link Limits.maxPathsPerService} others, and the service once there are
 * {@link Limits.maxServices}. Servers that meet new paths in the same instant may admit a few more.
 */
export const OVERFLOW = "(overflow)";
