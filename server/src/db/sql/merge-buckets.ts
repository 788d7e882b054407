import type { Statement } from "../database.ts";

/** Methods of a day that have more than one row, ascending. $1 day, $2 the method after which to begin, $3 how many at most. */
export const findSplitBuckets: Statement = {
  name: "find-split-buckets",
  text: `
select method_id from count.bucket_counts where day = $1::date and method_id > $2::bigint
group by method_id having count(*) > 1 order by method_id limit $3::bigint`,
};

export interface SplitBucketsRow {
  readonly method_id: bigint;
}

/**
 * Puts the quarters of some methods of a day into the first of their rows, and empties the others. $1 day, $2 methods.
 *
 * An update of all, because CockroachDB takes no deletion and insertion of one table in one statement. The rows are locked first:
 * whoever comes second sees what the first has made of them, and a row that comes meanwhile stays as it is.
 */
export const mergeBuckets: Statement = {
  name: "merge-buckets",
  text: `
with locked as materialized (
  select method_id, id, buckets, counts from count.bucket_counts
  where day = $1::date and method_id = any($2::bigint[]) order by method_id, id for update
), entries as (
  select method_id, unnest(buckets) as bucket, unnest(counts) as requests from locked
), quarters as (
  select method_id, bucket, sum(requests)::bigint as requests from entries group by method_id, bucket
), merged as (
  select method_id, array_agg(bucket order by bucket) as buckets, array_agg(requests order by bucket) as counts
  from quarters group by method_id
), ranked as (
  select method_id, id, row_number() over (partition by method_id order by id) as place from locked
)
update count.bucket_counts as b set
  buckets = case when r.place = 1 then m.buckets else '{}'::smallint[] end,
  counts = case when r.place = 1 then m.counts else '{}'::bigint[] end
from ranked as r join merged as m on m.method_id = r.method_id
where b.day = $1::date and b.method_id = r.method_id and b.id = r.id`,
};

/** Removes the rows that are empty. $1 day, $2 methods. */
export const removeEmptyBuckets: Statement = {
  name: "remove-empty-buckets",
  text: `
delete from count.bucket_counts
where day = $1::date and method_id = any($2::bigint[]) and cardinality(buckets) = 0
returning method_id`,
};
