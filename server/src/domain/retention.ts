/** For how long counts are kept. A day is kept as long as it is not longer ago than so many days; today is 0 days ago. */
export interface Retention {
  /** Quarters of an hour. Default 35, so that five weeks can be shown by hour and in every time zone. */
  readonly bucketDays: number;
  /** Totals of days. Default: for ever (Infinity). At least as long as quarters. */
  readonly totalDays: number;
}

export const DEFAULT_RETENTION: Retention = Object.freeze({ bucketDays: 35, totalDays: Number.POSITIVE_INFINITY });
