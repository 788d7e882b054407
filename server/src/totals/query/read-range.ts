import { dayOf, type Granularity, type PartialDate, periodOf, type QueryTotalsRequest, toDate } from "@count/proto";
import { Temporal } from "temporal-polyfill";
import { BUCKET_SECONDS, END_SECOND, FIRST_SECOND } from "../../domain/bucket.ts";
import { CountError } from "../../domain/count-error.ts";
import { formatDay } from "../../domain/day.ts";
import { type Boundaries, cutIntoPeriods, moveBack, type Range, TooManyPeriods } from "./periods.ts";
import type { TimeZone } from "./time-zone.ts";

/** A period more would be a larger answer than anybody looks at. 416 days of hours. */
export const MAX_PERIODS = 10_000;

type Asked = Pick<QueryTotalsRequest, "startDate" | "endDate" | "startTime" | "endTime">;

/** The range that a request names. @throws CountError `invalid` */
export function readRange(asked: Asked, zone: TimeZone): Range {
  const { startDate, endDate, startTime, endTime } = asked;
  if (startTime === undefined && endTime === undefined) return rangeOfDates(startDate, endDate, zone);
  if (startDate !== undefined || endDate !== undefined) {
    throw new CountError(
      "invalid",
      "start_date and end_date are given together with start_time or end_time; accepted is one of the two",
    );
  }
  const start = quarter("start_time", startTime);
  const end = quarter("end_time", endTime);
  if (start >= end) throw new CountError("invalid", `start_time ${iso(start)} is not before end_time ${iso(end)}`);
  return { start, end };
}

/** @throws CountError `invalid` when there are too many */
export function readPeriods(range: Range, granularity: Granularity, zone: TimeZone): Boundaries {
  try {
    return cutIntoPeriods(range, granularity, zone, MAX_PERIODS);
  } catch (error) {
    if (!(error instanceof TooManyPeriods)) throw error;
    throw new CountError(
      "invalid",
      `granularity cuts the range into more than ${MAX_PERIODS.toLocaleString("en")} periods; accepted are at most so many`,
    );
  }
}

/** @throws CountError `invalid` when there was no such time */
export function readPrevious(boundaries: Boundaries, granularity: Granularity, zone: TimeZone): Boundaries {
  const earliest = FIRST_SECOND / BUCKET_SECONDS;
  // What Temporal cannot hold is some 270,000 years further back.
  const previous = moveBack(boundaries, granularity, zone);
  if (previous[0]! >= earliest) return previous;
  throw new CountError("invalid", "compare_previous: the range before begins before the year 1");
}

function rangeOfDates(startDate: PartialDate | undefined, endDate: PartialDate | undefined, zone: TimeZone): Range {
  const first = convert("start_date", startDate, dayOf);
  const last = convert("end_date", endDate, periodOf).end - 1;
  if (first > last) {
    throw new CountError("invalid", `start_date ${formatDay(first)} is after end_date ${formatDay(last)}`);
  }
  const start = within("start_date", formatDay(first), zone.startOf(plainDate(first)));
  const end = within("end_date", formatDay(last), zone.startOf(plainDate(last).add({ days: 1 })));
  if (start < end) return { start, end };
  throw new CountError("invalid", `start_date ${formatDay(first)}: there was no such day in ${zone.name}`);
}

/** Where UTC has another year than the zone. */
function within(field: string, day: string, quarter: number): number {
  const seconds = quarter * BUCKET_SECONDS;
  if (seconds >= FIRST_SECOND && seconds <= END_SECOND) return quarter;
  throw new CountError("invalid", `${field} ${day} is outside of the years 1 to 9999 in UTC`);
}

function convert(field: string, date: PartialDate | undefined, conversion: typeof dayOf): number;
function convert(
  field: string,
  date: PartialDate | undefined,
  conversion: typeof periodOf,
): ReturnType<typeof periodOf>;
function convert(field: string, date: PartialDate | undefined, conversion: (date: PartialDate) => unknown): unknown {
  if (date === undefined) throw new CountError("invalid", `${field}: required`);
  try {
    return conversion(date);
  } catch (error) {
    if (error instanceof RangeError) throw new CountError("invalid", `${field}: ${error.message}`, error);
    throw error;
  }
}

function plainDate(day: number): Temporal.PlainDate {
  const { year, month, day: dayOfMonth } = toDate(day);
  return new Temporal.PlainDate(year, month, dayOfMonth);
}

function quarter(field: string, time: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  if (time === undefined) throw new CountError("invalid", `${field}: required`);
  const seconds = Number(time.seconds);
  if (!(seconds >= FIRST_SECOND && seconds <= END_SECOND)) {
    throw new CountError(
      "invalid",
      `${field} ${time.seconds} s since 1970 is no time; accepted are the years 1 to 9999`,
    );
  }
  if (time.nanos !== 0 || seconds % BUCKET_SECONDS !== 0) {
    throw new CountError("invalid", `${field} ${time.seconds} s since 1970 is no multiple of 15 minutes`);
  }
  return seconds / BUCKET_SECONDS;
}

function iso(quarter: number): string {
  return new Date(quarter * BUCKET_SECONDS * 1_000).toISOString().replace(".000Z", "Z");
}
