import { RefusalReason } from "@count/proto";
import { bucketOf, END_SECOND, FIRST_SECOND } from "../domain/bucket.ts";
import type { Limits } from "../domain/limits.ts";
import { type Refusal, refusal } from "../domain/refusal.ts";

/** Which timestamps are accepted. */
export class TimeWindow {
  readonly #limits: Pick<Limits, "maxAheadMs" | "maxBehindMs">;
  readonly #now: () => number;

  /** @param now milliseconds since 1970-01-01T00:00:00Z */
  constructor(limits: Pick<Limits, "maxAheadMs" | "maxBehindMs">, now: () => number) {
    this.#limits = limits;
    this.#now = now;
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
    return bucketOf(seconds);
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}
