import type { Statement } from "../database.ts";

export interface BucketsFromRow {
  /** Days since 1970-01-01. */
  readonly buckets_from: bigint;
}

/**
 * Moves the first day whose quarters are kept forward, unless it is further already. $1 day. Before anything leaves the quarters of
 * earlier days out, or removes them, so that whoever sees that they are gone sees this too.
 */
export const moveBucketsFrom: Statement = {
  name: "move-buckets-from",
  text: `
with moved as (
  update count.state set buckets_from = $1::date where id = 1 and buckets_from < $1::date returning buckets_from
)
select (buckets_from - date '1970-01-01')::bigint as buckets_from from moved
union all
select (buckets_from - date '1970-01-01')::bigint from count.state where id = 1 and not exists (select 1 from moved)`,
};
