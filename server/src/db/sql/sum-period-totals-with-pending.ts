import type { Statement } from "../database.ts";
import { totalsAndPending } from "./totals-and-pending.ts";

/** What was counted in a period, rolled up or not. Takes TotalsValues, returns one TotalsRow without a day, or none. */
export const sumPeriodTotalsWithPending: Statement = {
  name: "sum-period-totals-with-pending",
  text: `
with counted as (${totalsAndPending}
), sums as (
  select method_id, sum(total)::bigint as total from counted group by method_id
)
select null::bigint as day, string_agg(method_id::text || ':' || total::text, ',') as totals
from sums
having count(*) > 0`,
};
