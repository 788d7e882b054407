import type { Database } from "../db/database.ts";
import { type BucketsFromRow, moveBucketsFrom } from "../db/sql/state.ts";
import { formatDay } from "../domain/day.ts";

/**
 * Says in the database that quarters of days before this one need not be kept, unless it says more already.
 *
 * @param day in days since 1970-01-01
 * @returns the first day whose quarters are kept
 * @throws CountError as {@link Database.run}
 */
export async function keepBucketsFrom(
  database: Pick<Database, "run">,
  day: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const rows = await database.run<BucketsFromRow>(moveBucketsFrom, [formatDay(day)], signal && { signal });
  return rows.reduce((latest, { buckets_from }) => Math.max(latest, Number(buckets_from)), day);
}
