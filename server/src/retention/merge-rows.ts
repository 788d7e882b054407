import { int8Array } from "../db/binary-array.ts";
import { findSplitBuckets, mergeBuckets, removeEmptyBuckets, type SplitBucketsRow } from "../db/sql/merge-buckets.ts";
import { findSplitLost, mergeLost, removeEmptyLost, type SplitLostRow } from "../db/sql/merge-lost.ts";
import { formatDay } from "../domain/day.ts";
import type { Progress, Steps } from "./steps.ts";

/** Methods in a step. */
const STEP_METHODS = 500;
const STEP_QUARTERS = 100;

/**
 * Makes one row of the quarters of each method on closed days, which have one for each step of a roll-up. The latest days first:
 * nearly all that is to merge is theirs.
 *
 * @param first days since 1970-01-01
 * @param end the day after the last
 * @returns "more" only when it has merged something: looking for more may take all the time there is, and then the next call would
 * come no further
 */
export async function mergeQuarters(steps: Steps, first: number, end: number): Promise<Progress> {
  let merged = false;
  for (let day = end - 1; day >= first; day--) {
    for (let after = 0n; ; ) {
      if (steps.isOver()) return merged ? "more" : "done";
      const split = await steps.run<SplitBucketsRow>(findSplitBuckets, [formatDay(day), after, STEP_METHODS]);
      const methods = int8Array(split.map(({ method_id }) => method_id));
      if (split.length > 0) {
        merged = true;
        await steps.run(mergeBuckets, [formatDay(day), methods]);
        await steps.run(removeEmptyBuckets, [formatDay(day), methods]);
      }
      if (split.length < STEP_METHODS) break;
      after = split.at(-1)!.method_id;
    }
  }
  return "done";
}

/** The same of what was lost in each quarter before a day, in days since 1970-01-01. */
export async function mergeLostRows(steps: Steps, before: number): Promise<Progress> {
  for (let merged = false; ; merged = true) {
    if (steps.isOver()) return merged ? "more" : "done";
    const split = await steps.run<SplitLostRow>(findSplitLost, [formatDay(before), STEP_QUARTERS]);
    for (const { day, bucket } of split) {
      const values = [formatDay(Number(day)), bucket];
      await steps.run(mergeLost, values);
      await steps.run(removeEmptyLost, values);
    }
    if (split.length < STEP_QUARTERS) return "done";
  }
}
