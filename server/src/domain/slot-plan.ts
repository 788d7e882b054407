import { BUCKETS_PER_DAY } from "./bucket.ts";

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

/** UTC days that follow one another, and what their counts belong to. */
export interface DayRun {
  /** Both included, in days since 1970-01-01. */
  readonly first: number;
  readonly last: number;
  /**
   * Of every day, or of each: a slot; {@link NOWHERE}; or, as {@link cutCode} has it, that the day is cut, so that only the
   * quarters tell.
   */
  readonly codes: number | readonly number[];
}

export interface SlotPlan {
  /** Ascending. */
  readonly runs: readonly DayRun[];
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

/** Each run is a branch of the statement; with more of them, days are looked up in an array. */
const MAX_BRANCHES = 8;
/** A gap of more days begins a new run, rather than be filled. */
const MAX_GAP_DAYS = 31;

/** @param intervals ascending; none overlaps another. Empty ones are passed over. */
export function planSlots(intervals: readonly SlotInterval[]): SlotPlan {
  const runs: { first: number; last: number; codes: number }[] = [];
  const cutDays: number[] = [];
  const quarters: number[] = [];
  for (const interval of intervals) {
    for (let at = interval.start; at < interval.end; ) {
      const day = Math.floor(at / BUCKETS_PER_DAY);
      const isStart = at === day * BUCKETS_PER_DAY;
      const days = Math.floor(interval.end / BUCKETS_PER_DAY) - day;
      if (isStart && days > 0) {
        runs.push({ first: day, last: day + days - 1, codes: interval.slot });
        at = (day + days) * BUCKETS_PER_DAY;
        continue;
      }
      const end = Math.min(interval.end, (day + 1) * BUCKETS_PER_DAY);
      if (cutDays.at(-1) !== day) {
        runs.push({ first: day, last: day, codes: cutCode(cutDays.length) });
        cutDays.push(day);
        for (let quarter = 0; quarter < BUCKETS_PER_DAY; quarter++) quarters.push(NOWHERE);
      }
      const base = quarters.length - BUCKETS_PER_DAY - day * BUCKETS_PER_DAY;
      quarters.fill(interval.slot, base + at, base + end);
      at = end;
    }
  }
  return { runs: runs.length <= MAX_BRANCHES ? runs : joined(runs), cutDays, quarters };
}

function joined(runs: readonly { first: number; last: number; codes: number }[]): DayRun[] {
  const all: { first: number; last: number; codes: number[] }[] = [];
  for (const { first, last, codes } of runs) {
    let run = all.at(-1);
    if (run === undefined || first - run.last > MAX_GAP_DAYS) {
      run = { first, last: first - 1, codes: [] };
      all.push(run);
    }
    for (let day = run.last + 1; day < first; day++) run.codes.push(NOWHERE);
    for (let day = first; day <= last; day++) run.codes.push(codes);
    run.last = last;
  }
  return all;
}
