import type { Statement } from "../database.ts";

/** How many totals at most. */
export type BookTotalsValues = readonly [maxRows: number];

export interface BookTotalsRow {
  /** Totals that were not booked. */
  readonly found: bigint;
  /** How many of them are now; another statement may have changed the others meanwhile. */
  readonly booked: bigint;
}

/**
 * Adds to their months what was added to daily totals by something else than our roll-up: an older server, a take-over, or all there
 * was before there were months. It has no quarters, so those are kept from the day after at the earliest, from now on.
 *
 * `found` has other names for the columns of the index of what is not booked: CockroachDB takes those in its condition for ambiguous.
 */
export const bookTotals: Statement = {
  name: "book-totals",
  text: `
with found as materialized (
  select day, method_id, total as all_of_it, booked as in_month from count.daily_method_totals
  where total <> booked order by day, method_id limit $1::bigint
), moved as (
  update count.state set buckets_from = (select max(day) + 1 from found)
  where id = 1 and buckets_from < (select max(day) + 1 from found)
  returning id
), taken as (
  update count.daily_method_totals as d set booked = f.all_of_it from found as f
  where d.day = f.day and d.method_id = f.method_id and d.total = f.all_of_it and d.booked = f.in_month
  returning d.day, d.method_id
), sums as (
  select f.day - (extract(day from f.day)::int - 1) as month, f.method_id, sum(f.all_of_it - f.in_month)::bigint as requests
  from found as f join taken as t on t.day = f.day and t.method_id = f.method_id
  group by 1, 2
), added as (
  insert into count.monthly_method_totals (month, method_id, total)
  select month, method_id, requests from sums order by month, method_id
  on conflict (month, method_id) do update set total = monthly_method_totals.total + excluded.total
  returning method_id
)
select (select count(*) from found) as found, (select count(*) from taken) as booked`,
};
