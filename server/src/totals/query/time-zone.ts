import { Temporal } from "temporal-polyfill";
import { BUCKET_SECONDS } from "../../domain/bucket.ts";
import { CountError } from "../../domain/count-error.ts";

const QUARTER_MS = BUCKET_SECONDS * 1_000;
const LONGEST_NAME = 100;

/**
 * When days begin in a time zone. Moments are quarters: whole numbers of 15 minutes since 1970-01-01T00:00:00Z, as counts are
 * kept. Where a zone was a number of minutes away from UTC that 15 does not divide, as many were before 1972, its moments are
 * rounded to the nearest quarter.
 *
 * By Temporal, whose rules for days that begin at 01:00, or do not exist, and for months of different lengths are the standard's;
 * Node.js will have it built in.
 */
export class TimeZone {
  readonly name: string;
  readonly isUtc: boolean;

  private constructor(name: string) {
    this.name = name;
    this.isUtc = name === "UTC";
  }

  /** @param name of the IANA database, in any case; empty: UTC. @throws CountError `invalid` */
  static named(name: string): TimeZone {
    if (name === "") return new TimeZone("UTC");
    try {
      // "+02:00" is a time zone to Temporal, but has no name.
      if (!/^[A-Za-z]/.test(name) || name.length > LONGEST_NAME) throw new RangeError("no name");
      return new TimeZone(new Temporal.ZonedDateTime(0n, name).timeZoneId);
    } catch (error) {
      const accepted = "accepted are names of the IANA database, such as Europe/Berlin";
      throw new CountError(
        "invalid",
        `time_zone ${JSON.stringify(name.slice(0, LONGEST_NAME))} is unknown; ${accepted}`,
        error,
      );
    }
  }

  /** The first quarter of a date. For one that the zone left out, such as 2011-12-30 in Apia, of the next. */
  startOf(date: Temporal.PlainDate): number {
    return quarterOf(date.toZonedDateTime(this.name));
  }

  at(quarter: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(quarter * QUARTER_MS).toZonedDateTimeISO(this.name);
  }

  /** The offsets of the zone in [first, end), one after the other, in quarters east of UTC. */
  offsets(first: number, end: number): Offset[] {
    const offsets: Offset[] = [];
    let from = first;
    for (let at = this.at(first); from < end; ) {
      const next = at.getTimeZoneTransition("next");
      const until = next === null ? end : Math.min(quarterOf(next), end);
      if (until > from) offsets.push({ from, until, quarters: Math.round(at.offsetNanoseconds / 1e6 / QUARTER_MS) });
      if (next === null) break;
      at = next;
      from = until;
    }
    return offsets;
  }
}

/** An offset that holds in [from, until). All in quarters. */
export interface Offset {
  readonly from: number;
  readonly until: number;
  readonly quarters: number;
}

/** A time by its zone's clock, as the quarter it belongs to. */
export function quarterOf(time: Temporal.ZonedDateTime): number {
  return Math.round(time.epochMilliseconds / QUARTER_MS);
}
