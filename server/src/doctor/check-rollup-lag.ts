import type { Database } from "../db/database.ts";
import { type DoctorPendingRow, type DoctorPendingValues, doctorPending } from "../db/sql/doctor-pending.ts";
import { dayOfMs, formatDay } from "../domain/day.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

/** Counting stops here: a number beyond it says nothing more. */
const MAX_ROWS = 1_000_000;
const NEXT = "Run `count rollup` now, then find out why its CronJob or cron entry does not.";

/**
 * How far the roll-up is behind. What yesterday left is the next nightly run's work. What is older is late arrivals, as long as
 * later days have totals; where they have none, nobody has rolled up since.
 */
export async function checkRollupLag(
  database: Pick<Database, "run">,
  nowMs: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const today = dayOfMs(nowMs);
  const values: DoctorPendingValues = [formatDay(today), MAX_ROWS];
  const [row] = await database.run<DoctorPendingRow>(doctorPending, values, { signal });
  return row === undefined ? [] : [judge(row, today)];
}

function judge({ oldest_closed, closed_rows, rows, last_total }: DoctorPendingRow, today: number): Finding {
  const id = "rollup.lag";
  if (oldest_closed === null) return ok(id, `nothing is pending of a closed day; ${count(rows)} pending of today`);
  const oldest = Number(oldest_closed);
  const says =
    `the oldest closed day with something pending is ${formatDay(oldest)} (${days(today - oldest)} ago); ` +
    `${count(closed_rows)} pending of closed days, of ${count(rows)} in all`;
  if (oldest >= today - 1) return ok(id, says);
  if (last_total !== null && Number(last_total) > oldest) {
    return warning(id, `${says}; later days have totals, so they came late`, "The next `count rollup` adds them.");
  }
  return wrong(id, `${says}; no later day has a total, so nothing was rolled up since`, NEXT);
}

function count(rows: bigint): string {
  const number = rows.toLocaleString("en-US");
  return `${rows >= BigInt(MAX_ROWS) ? "at least " : ""}${number} ${rows === 1n ? "row" : "rows"}`;
}

function days(number: number): string {
  return number === 1 ? "1 day" : `${number} days`;
}
