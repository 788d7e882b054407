import type { Statement } from "../database.ts";

/** The first day that is kept, the key at which to begin (its day as `2026-11-24`), how many rows at most. */
export type RemoveTotalsValues = readonly [keptFrom: string, cursorDay: string, cursorMethod: bigint, maxRows: number];

/** The last key that was removed. */
export interface RemoveTotalsRow {
  /** Days since 1970-01-01. */
  readonly day: bigint;
  readonly method_id: bigint;
  /** Of all that were removed. */
  readonly rows: bigint;
}

/** Removes daily totals of days before one, the oldest first, and takes them off their months; no row when there are none. */
export const removeTotals: Statement = {
  name: "remove-totals",
  text: `
with removed as (
  delete from count.daily_method_totals where (day, method_id) in (
    select day, method_id from count.daily_method_totals
    where day < $1::date and (day, method_id) >= ($2::date, $3::bigint)
    order by day, method_id limit $4::bigint
  )
  returning day, method_id, booked
), sums as (
  select day - (extract(day from day)::int - 1) as month, method_id, sum(booked)::bigint as booked
  from removed group by 1, 2
), months as (
  update count.monthly_method_totals as m set total = m.total - s.booked from sums as s
  where m.month = s.month and m.method_id = s.method_id
  returning m.method_id
)
select (day - date '1970-01-01')::bigint as day, method_id, (select count(*) from removed) as rows
from removed order by removed.day desc, removed.method_id desc limit 1`,
};

/** Removes months of which nothing is left. $1 the month of the first day that is kept, $2 how many at most. */
export const removeEmptyMonths: Statement = {
  name: "remove-empty-months",
  text: `
delete from count.monthly_method_totals where (month, method_id) in (
  select month, method_id from count.monthly_method_totals where month < $1::date and total = 0
  order by month, method_id limit $2::bigint
) and total = 0
returning method_id`,
};

/** How many daily totals there are to remove. $1 the first day that is kept. */
export const countExpiredTotals: Statement = {
  name: "count-expired-totals",
  text: "select count(*) as rows from count.daily_method_totals where day < $1::date",
};
