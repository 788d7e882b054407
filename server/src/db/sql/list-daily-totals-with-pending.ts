import type { Statement } from "../database.ts";
import { totalsAndPending } from "./totals-and-pending.ts";

/**
 * What was counted each day, rolled up or not. Takes TotalsValues, returns a TotalsRow for each such day, ascending.
 *
 * `materialized` for the reason that `fold-pending.ts` gives.
 */
export const listDailyTotalsWithPending: Statement = {
  name: "list-daily-totals-with-pending",
  text: `
with counted as (${totalsAndPending}
), sums as materialized (
  select day, method_id, sum(total)::bigint as total from counted group by day, method_id
)
select (day - date '1970-01-01')::bigint as day, string_agg(method_id::text || ':' || total::text, ',') as totals
from sums
group by day
order by day`,
};
