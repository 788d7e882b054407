import { RefusalReason } from "@count/proto";
import { BUCKET_SECONDS, BUCKETS_PER_DAY, bucketOf, END_SECOND, FIRST_SECOND } from "../domain/bucket.ts";
import { dayOfMs, formatDay } from "../domain/day.ts";
import type { Limits } from "../domain/limits.ts";
import { type Refusal, refusal } from "../domain/refusal.ts";

const DAY_SECONDS = BUCKETS_PER_DAY * BUCKET_SECONDS;

/** Which timestamps are accepted. */
export class TimeWindow {
  readonly #limits: Pick<Limits, "maxAheadMs" | "maxBehindMs">;
  readonly #now: () => number;
  readonly #totalDays: number;
  /**
   * The first day whose totals are kept, in days since 1970-01-01, whatever this server is told to keep. What is older would be
   * counted, and removed again without a word.
   */
  totalsFrom = Number.NEGATIVE_INFINITY;

  /**
   * @param now milliseconds since 1970-01-01T00:00:00Z
   * @param totalDays of so many days before today totals are kept
   */
  constructor(
    limits: Pick<Limits, "maxAheadMs" | "maxBehindMs">,
    now: () => number,
    totalDays = Number.POSITIVE_INFINITY,
  ) {
    this.#limits = limits;
    this.#now = now;
    this.#totalDays = totalDays;
  }

  /** The bucket of a time in whole seconds, rounded down, since 1970-01-01T00:00:00Z. */
  bucketOfSeconds(seconds: number): number | Refusal {
    if (!(seconds >= FIRST_SECOND && seconds < END_SECOND)) {
      return refusal(
        RefusalReason.TIMESTAMP_INVALID,
        `request_timestamp ${seconds} s since 1970 is no time; accepted are the years 1 to 9999`,
      );
    }
    const { maxAheadMs, maxBehindMs } = this.#limits;
    const now = this.#now();
    if (seconds * 1_000 > now + maxAheadMs) {
      const ahead = Math.round(seconds - now / 1_000);
      return refusal(
        RefusalReason.TIMESTAMP_AHEAD,
        `request_timestamp ${iso(seconds)} is ${ahead} s ahead; accepted are at most ${maxAheadMs / 1_000} s`,
      );
    }
    if (seconds * 1_000 < now - maxBehindMs) {
      return refusal(
        RefusalReason.TIMESTAMP_BEHIND,
        `request_timestamp ${iso(seconds)} is older than the ${maxBehindMs / 1_000} s that are accepted`,
      );
    }
    const first = Math.max(this.totalsFrom, dayOfMs(now) - this.#totalDays);
    if (seconds < first * DAY_SECONDS) {
      return refusal(
        RefusalReason.TIMESTAMP_BEHIND,
        `request_timestamp ${iso(seconds)} is of a day whose totals are not kept; accepted are days from ${formatDay(first)} on`,
      );
    }
    return bucketOf(seconds);
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}
