import type { Database, Statement } from "../db/database.ts";
import { listDailyTotals } from "../db/sql/list-daily-totals.ts";
import { listDailyTotalsWithPending } from "../db/sql/list-daily-totals-with-pending.ts";
import { sumPeriodTotals } from "../db/sql/sum-period-totals.ts";
import { sumPeriodTotalsWithPending } from "../db/sql/sum-period-totals-with-pending.ts";
import type { TotalsRow, TotalsValues } from "../db/sql/totals-row.ts";
import { formatDay } from "../domain/day.ts";
import type { Period, TotalsById } from "./totals.ts";

export interface ReadTotalsOptions {
  /** Add what is stored but not yet rolled up, in the same snapshot. Default false. */
  readonly includePending?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The totals of every day of a period that has any, ascending by day.
 *
 * @throws CountError as {@link Database.run}
 */
export function readDailyTotals(
  database: Pick<Database, "run">,
  period: Period,
  options: ReadTotalsOptions = {},
): Promise<TotalsById[]> {
  return read(
    database,
    options.includePending === true ? listDailyTotalsWithPending : listDailyTotals,
    period,
    options,
  );
}

/**
 * The sums over a period: one entry without a day, or none when nothing was counted.
 *
 * @throws CountError as {@link Database.run}
 */
export function readPeriodTotals(
  database: Pick<Database, "run">,
  period: Period,
  options: ReadTotalsOptions = {},
): Promise<TotalsById[]> {
  return read(
    database,
    options.includePending === true ? sumPeriodTotalsWithPending : sumPeriodTotals,
    period,
    options,
  );
}

async function read(
  database: Pick<Database, "run">,
  statement: Statement,
  { first, end }: Period,
  { signal }: ReadTotalsOptions,
): Promise<TotalsById[]> {
  // The last day rather than the end: the year 10000 has no place in a date's text.
  const values: TotalsValues = [formatDay(first), formatDay(end - 1)];
  const rows = await database.run<TotalsRow>(statement, values, signal && { signal });
  return rows.map(fromRow);
}

function fromRow({ day, totals }: TotalsRow): TotalsById {
  const ids: string[] = [];
  const counts: bigint[] = [];
  for (const total of totals.split(",")) {
    const colon = total.indexOf(":");
    ids.push(total.slice(0, colon));
    counts.push(BigInt(total.slice(colon + 1)));
  }
  return { day: day === null ? undefined : Number(day), ids, counts };
}
