import type { Statement } from "../database.ts";

/** Quarters before a day that have more than one row, the oldest first. $1 day, $2 how many at most. */
export const findSplitLost: Statement = {
  name: "find-split-lost",
  text: `
select (day - date '1970-01-01')::bigint as day, bucket from count.lost_requests where day < $1::date
group by 1, 2 having count(*) > 1 order by 1, 2 limit $2::bigint`,
};

export interface SplitLostRow {
  /** Days since 1970-01-01. */
  readonly day: bigint;
  readonly bucket: number;
}

/** Puts what was lost in a quarter into the first of its rows, as `mergeBuckets` does. $1 day, $2 bucket. */
export const mergeLost: Statement = {
  name: "merge-lost",
  text: `
with locked as materialized (
  select id, requests from count.lost_requests where day = $1::date and bucket = $2::smallint order by id for update
), merged as (
  select least(sum(requests), 9223372036854775807)::bigint as requests from locked
), ranked as (
  select id, row_number() over (order by id) as place from locked
)
update count.lost_requests as l set requests = case when r.place = 1 then m.requests else 0 end
from ranked as r, merged as m
where l.day = $1::date and l.bucket = $2::smallint and l.id = r.id`,
};

/** Removes the rows of which nothing is left. $1 day, $2 bucket. */
export const removeEmptyLost: Statement = {
  name: "remove-empty-lost",
  text: "delete from count.lost_requests where day = $1::date and bucket = $2::smallint and requests = 0 returning id",
};

/** Removes what was lost before a day, as its totals are. $1 day, $2 how many rows at most. */
export const removeLost: Statement = {
  name: "remove-lost",
  text: `
delete from count.lost_requests where (day, bucket, id) in (
  select day, bucket, id from count.lost_requests where day < $1::date order by day, bucket, id limit $2::bigint
)
returning id`,
};
