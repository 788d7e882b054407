import { BUCKETS_PER_DAY } from "./bucket.ts";
import { firstDayOfMonth, monthOf } from "./month.ts";

/**
 * A period that is counted by itself has a slot: a number from 0 on. To the statement everything is slots: it knows neither periods
 * nor time zones.
 */
export interface SlotInterval {
  readonly slot: number;
  /** In quarters since 1970-01-01T00:00:00Z, half-open. */
  readonly start: number;
  readonly end: number;
}

/** Days, or months, that follow one another, and what their counts belong to. */
export interface Run {
  /** Both included: UTC days since 1970-01-01, or months as `monthOf` numbers them. */
  readonly first: number;
  readonly last: number;
  /**
   * Of all, or of each: a slot; {@link NOWHERE}; or, of a day that is cut, {@link cutCode}: then only its quarters tell.
   */
  readonly codes: number | readonly number[];
}

/** Where the counts of slots are to be found. Nothing is in two of its parts. */
export interface SlotPlan {
  /** Months that are in one slot as a whole. Ascending. */
  readonly months: readonly Run[];
  /** Ascending. */
  readonly days: readonly Run[];
  /** The days that are cut, ascending. */
  readonly cutDays: readonly number[];
  /** 96 for each of them: its slot, or {@link NOWHERE}. */
  readonly quarters: readonly number[];
}

export const NOWHERE = -1;

/** The code of the n-th of the days that are cut, n from 0 on. */
export function cutCode(index: number): number {
  return -2 - index;
}

/** Each run is a branch of the statement; with more of them, codes are looked up in an array. */
const MAX_BRANCHES = 8;
/** A gap of more days begins a new run, rather than be filled. */
const MAX_GAP_DAYS = 31;

interface UniformRun extends Run {
  readonly codes: number;
}

/**
 * @param intervals ascending; none overlaps another. Empty ones are passed over.
 * @param useMonths whether months may be read as a whole
 */
export function planSlots(intervals: readonly SlotInterval[], useMonths: boolean): SlotPlan {
  const months: UniformRun[] = [];
  const days: UniformRun[] = [];
  const cutDays: number[] = [];
  const quarters: number[] = [];
  for (const { slot, start, end } of intervals) {
    for (let at = start; at < end; ) {
      const day = Math.floor(at / BUCKETS_PER_DAY);
      const endDay = Math.floor(end / BUCKETS_PER_DAY);
      if (at === day * BUCKETS_PER_DAY && day < endDay) {
        addWholeDays(day, endDay, slot, useMonths, months, days);
        at = endDay * BUCKETS_PER_DAY;
        continue;
      }
      const next = Math.min(end, (day + 1) * BUCKETS_PER_DAY);
      if (cutDays.at(-1) !== day) {
        days.push({ first: day, last: day, codes: cutCode(cutDays.length) });
        cutDays.push(day);
        for (let quarter = 0; quarter < BUCKETS_PER_DAY; quarter++) quarters.push(NOWHERE);
      }
      const base = quarters.length - BUCKETS_PER_DAY - day * BUCKETS_PER_DAY;
      quarters.fill(slot, base + at, base + next);
      at = next;
    }
  }
  return { months: joined(months), days: joined(days), cutDays, quarters };
}

/** @param endDay the day after the last one */
function addWholeDays(
  first: number,
  endDay: number,
  slot: number,
  useMonths: boolean,
  months: UniformRun[],
  days: UniformRun[],
): void {
  const firstMonth = firstDayOfMonth(monthOf(first)) === first ? monthOf(first) : monthOf(first) + 1;
  const endMonth = monthOf(endDay);
  if (!useMonths || firstMonth >= endMonth) {
    days.push({ first, last: endDay - 1, codes: slot });
    return;
  }
  if (first < firstDayOfMonth(firstMonth)) days.push({ first, last: firstDayOfMonth(firstMonth) - 1, codes: slot });
  months.push({ first: firstMonth, last: endMonth - 1, codes: slot });
  if (firstDayOfMonth(endMonth) < endDay)
    days.push({ first: firstDayOfMonth(endMonth), last: endDay - 1, codes: slot });
}

function joined(runs: readonly UniformRun[]): readonly Run[] {
  if (runs.length <= MAX_BRANCHES) return runs;
  const all: { first: number; last: number; codes: number[] }[] = [];
  for (const { first, last, codes } of runs) {
    let run = all.at(-1);
    if (run === undefined || first - run.last > MAX_GAP_DAYS) {
      run = { first, last: first - 1, codes: [] };
      all.push(run);
    }
    for (let at = run.last + 1; at < first; at++) run.codes.push(NOWHERE);
    for (let at = first; at <= last; at++) run.codes.push(codes);
    run.last = last;
  }
  return all;
}
