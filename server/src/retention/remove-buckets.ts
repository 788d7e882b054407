import {
  type RemoveBucketsRow,
  type RemoveBucketsValues,
  removeBuckets as statement,
} from "../db/sql/expired-buckets.ts";
import { formatDay } from "../domain/day.ts";
import type { Progress, Steps } from "./steps.ts";

/** Rows in a step: each is one method's quarters of a day. */
const STEP_ROWS = 5_000;
const NIL_ID = "00000000-0000-0000-0000-000000000000";

/** Removes the quarters of days before one. @param keptFrom days since 1970-01-01 @param onRemoved hears how many rows */
export async function removeBuckets(
  steps: Steps,
  keptFrom: number,
  onRemoved: (rows: number) => void,
): Promise<Progress> {
  let cursor: readonly [day: string, method: bigint, id: string] = ["0001-01-01", 0n, NIL_ID];
  while (!steps.isOver()) {
    const values: RemoveBucketsValues = [formatDay(keptFrom), ...cursor, STEP_ROWS];
    const [last] = await steps.run<RemoveBucketsRow>(statement, values);
    if (last === undefined) return "done";
    onRemoved(Number(last.rows));
    if (last.rows < BigInt(STEP_ROWS)) return "done";
    cursor = [formatDay(Number(last.day)), last.method_id, last.id];
  }
  return "more";
}
