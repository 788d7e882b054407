import { Granularity } from "@count/proto";
import type { Temporal } from "temporal-polyfill";
import { BUCKETS_PER_DAY } from "../../domain/bucket.ts";
import { quarterOf, type TimeZone } from "./time-zone.ts";

/**
 * Periods that follow one another, by what is between them: the n-th is [boundaries[n], boundaries[n + 1]), in quarters since
 * 1970-01-01T00:00:00Z. At least one period; none is empty, unless it was moved back.
 */
export type Boundaries = readonly number[];

/** A range of time, half-open and not empty, in quarters. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** More than what is asked for is not worked out. */
export class TooManyPeriods extends Error {}

/**
 * Cuts a range into periods of a zone: days begin at its midnight, weeks on Monday, months on the first. The first and the last
 * may be shorter. An hour begins whenever the zone's clock shows a full one, and when its offset changes.
 *
 * @throws TooManyPeriods
 */
export function cutIntoPeriods(range: Range, granularity: Granularity, zone: TimeZone, maxPeriods: number): Boundaries {
  const boundaries = [range.start];
  for (const start of startsOf(range, granularity, zone)) {
    if (start <= boundaries.at(-1)!) continue;
    if (start >= range.end) break;
    if (boundaries.push(start) > maxPeriods) throw new TooManyPeriods();
  }
  boundaries.push(range.end);
  return boundaries;
}

/** The starts of periods, ascending: all that lie in the range, and more. */
function* startsOf({ start, end }: Range, granularity: Granularity, zone: TimeZone): Iterable<number> {
  switch (granularity) {
    case Granularity.QUARTER_HOUR:
      yield* multiples(start, 1);
      return;
    case Granularity.HOUR:
      for (const { from, until, quarters } of zone.offsets(start, end)) {
        yield from;
        for (const at of multiples(from + quarters, 4)) {
          if (at - quarters >= until) break;
          yield at - quarters;
        }
      }
      return;
    case Granularity.DAY:
      // Many, and simple: Temporal takes some 15 µs for each.
      yield* zone.isUtc ? multiples(start, BUCKETS_PER_DAY) : dates(dateOf(start, zone), { days: 1 }, zone);
      return;
    case Granularity.WEEK: {
      const date = dateOf(start, zone);
      yield* dates(date.subtract({ days: date.dayOfWeek - 1 }), { weeks: 1 }, zone);
      return;
    }
    case Granularity.MONTH:
      yield* dates(dateOf(start, zone).with({ day: 1 }), { months: 1 }, zone);
      return;
    default:
      return;
  }
}

/** Of a number, from the one at or below `start` on, without end. */
function* multiples(start: number, step: number): Iterable<number> {
  for (let at = Math.floor(start / step) * step; ; at += step) yield at;
}

/** The starts of dates, without end. */
function* dates(first: Temporal.PlainDate, step: Step, zone: TimeZone): Iterable<number> {
  for (let n = 0; ; n++) yield zone.startOf(first.add(times(step, n)));
}

/**
 * The periods that came before, as many as these, each moved back by their number: days and weeks by the calendar of the zone,
 * months to the same days of earlier months, or the last where there is no such day. A range that was not cut is moved back by its
 * months if it is whole months, else by its days if it is whole days, else by its length.
 */
export function moveBack(boundaries: Boundaries, granularity: Granularity, zone: TimeZone): Boundaries {
  const number = boundaries.length - 1;
  switch (granularity) {
    case Granularity.QUARTER_HOUR:
      return boundaries.map((at) => at - number);
    case Granularity.HOUR:
      return boundaries.map((at) => at - 4 * number);
    case Granularity.DAY:
      return byCalendar(boundaries, { days: number }, zone);
    case Granularity.WEEK:
      return byCalendar(boundaries, { weeks: number }, zone);
    case Granularity.MONTH:
      return byCalendar(boundaries, { months: number }, zone);
    default: {
      const [start, end] = boundaries as [number, number];
      const [first, next] = [dateOf(start, zone), dateOf(end, zone)];
      const isWhole = zone.startOf(first) === start && zone.startOf(next) === end;
      if (!isWhole) return [start - (end - start), start];
      const { months, days } = first.until(next, { largestUnit: "months" });
      if (first.day === 1 && days === 0) return byCalendar(boundaries, { months }, zone);
      return byCalendar(boundaries, { days: first.until(next, { largestUnit: "days" }).days }, zone);
    }
  }
}

type Step = { readonly days: number } | { readonly weeks: number } | { readonly months: number };

function byCalendar(boundaries: Boundaries, step: Step, zone: TimeZone): Boundaries {
  const last = boundaries.length - 1;
  let latest = Number.NEGATIVE_INFINITY;
  return boundaries.map((at, index) => {
    // Where clocks are set back, a later time may show an earlier hour; it is not moved to before the other one.
    latest = Math.max(latest, movedBack(at, step, zone, index === last));
    return latest;
  });
}

function movedBack(at: number, step: Step, zone: TimeZone, isEnd: boolean): number {
  const date = dateOf(at, zone);
  const before = date.subtract(step);
  if (zone.startOf(date) !== at) {
    // What ends within the 30th of March ends with the last of February.
    if (isEnd && "months" in step && before.day < date.day) return zone.startOf(before.add({ days: 1 }));
    return quarterOf(zone.at(at).subtract(step));
  }
  // An end within a month is moved with the day before it: what ends with the 30th of March ends with the last of February.
  if (isEnd && date.day > 1) return zone.startOf(date.subtract({ days: 1 }).subtract(step).add({ days: 1 }));
  return zone.startOf(before);
}

function dateOf(quarter: number, zone: TimeZone): Temporal.PlainDate {
  return zone.at(quarter).toPlainDate();
}

function times(step: Step, n: number): Step {
  return Object.fromEntries(Object.entries(step).map(([unit, length]) => [unit, length * n])) as unknown as Step;
}
