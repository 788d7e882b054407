import type { Statement } from "../database.ts";

/** The rolled-up totals of a period. Takes TotalsValues, returns one TotalsRow without a day, or none. */
export const sumPeriodTotals: Statement = {
  name: "sum-period-totals",
  text: `
with sums as (
  select method_id, sum(total)::bigint as total
  from count.daily_method_totals
  where day >= $1::date and day <= $2::date
  group by method_id
)
select null::bigint as day, string_agg(method_id::text || ':' || total::text, ',') as totals
from sums
having count(*) > 0`,
};
