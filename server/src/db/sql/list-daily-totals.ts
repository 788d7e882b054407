import type { Statement } from "../database.ts";

/** The rolled-up totals of each day. Takes TotalsValues, returns a TotalsRow for each day that has totals, ascending. */
export const listDailyTotals: Statement = {
  name: "list-daily-totals",
  text: `
select (day - date '1970-01-01')::bigint as day, string_agg(method_id::text || ':' || total::text, ',') as totals
from count.daily_method_totals
where day >= $1::date and day <= $2::date
group by day
order by day`,
};
