import {
  type RemoveTotalsRow,
  type RemoveTotalsValues,
  removeEmptyMonths,
  removeTotals as statement,
} from "../db/sql/expired-totals.ts";
import { removeLost } from "../db/sql/merge-lost.ts";
import { formatDay } from "../domain/day.ts";
import { firstDayOfMonth, monthOf } from "../domain/month.ts";
import type { Progress, Steps } from "./steps.ts";

const STEP_ROWS = 5_000;

/**
 * Removes the totals of days before one, takes them off their months, and removes what was lost on those days.
 *
 * @param keptFrom days since 1970-01-01
 * @param onRemoved hears how many daily totals
 */
export async function removeTotals(
  steps: Steps,
  keptFrom: number,
  onRemoved: (rows: number) => void,
): Promise<Progress> {
  let cursor: readonly [day: string, method: bigint] = ["0001-01-01", 0n];
  for (;;) {
    if (steps.isOver()) return "more";
    const values: RemoveTotalsValues = [formatDay(keptFrom), ...cursor, STEP_ROWS];
    const [last] = await steps.run<RemoveTotalsRow>(statement, values);
    if (last !== undefined) onRemoved(Number(last.rows));
    if (last === undefined || last.rows < BigInt(STEP_ROWS)) break;
    cursor = [formatDay(Number(last.day)), last.method_id];
  }
  const month = formatDay(firstDayOfMonth(monthOf(keptFrom)));
  const rest = [
    [removeEmptyMonths, month],
    [removeLost, formatDay(keptFrom)],
  ] as const;
  for (const [remove, before] of rest) {
    let removed: unknown[];
    do {
      if (steps.isOver()) return "more";
      removed = await steps.run(remove, [before, STEP_ROWS]);
    } while (removed.length === STEP_ROWS);
  }
  return "done";
}
