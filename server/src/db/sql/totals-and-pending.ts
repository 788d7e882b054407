import { PENDING_SHARDS } from "./pending-shards.ts";

/**
 * What was rolled up and what is pending from the day $1 to the day $2, to be summed. In one statement, so that both come
 * from one snapshot: a row that a roll-up moves meanwhile is in exactly one of them.
 */
export const totalsAndPending = `
  select day, method_id, total from count.daily_method_totals where day >= $1::date and day <= $2::date
  union all
  select day, unnest(method_ids), unnest(counts) from count.pending
  where shard in (${PENDING_SHARDS.join(", ")}) and day >= $1::date and day <= $2::date`;
