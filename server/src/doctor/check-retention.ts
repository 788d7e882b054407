import type { Database } from "../db/database.ts";
import { type DoctorRetentionRow, doctorRetention } from "../db/sql/doctor-retention.ts";
import { dayOfMs, formatDay } from "../domain/day.ts";
import type { Retention } from "../domain/retention.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** A nightly run that was missed is made up for by the next. */
const SPARE_DAYS = 2;
const NEXT =
  "`count rollup`, without --date, removes it; find out why its CronJob or cron entry does not. Other servers may keep more.";

/** Whether what is older than this configuration keeps is gone. It does no harm but take space. */
export async function checkRetention(
  database: Pick<Database, "run">,
  { bucketDays, totalDays }: Retention,
  nowMs: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const today = dayOfMs(nowMs);
  const [row] = await database.run<DoctorRetentionRow>(doctorRetention, [], { signal });
  if (row === undefined) return [];
  const kept = [
    { what: "15-minute counts", first: row.first_buckets, days: bucketDays },
    { what: "daily totals", first: row.first_total, days: totalDays },
  ];
  const old = kept
    .filter(({ first, days }) => first !== null && Number(first) < today - days - SPARE_DAYS)
    .map(
      ({ what, first, days }) => `there are ${what} of ${formatDay(Number(first))}, and they are kept for ${days} days`,
    );
  const id = "rollup.retention";
  return [old.length === 0 ? ok(id, says(bucketDays, totalDays)) : warning(id, old.join("; "), NEXT)];
}

function says(bucketDays: number, totalDays: number): string {
  const totals = totalDays === Number.POSITIVE_INFINITY ? "for ever" : `for ${totalDays} days`;
  return `nothing is older than it is kept: 15-minute counts for ${bucketDays} days, daily totals ${totals}`;
}
