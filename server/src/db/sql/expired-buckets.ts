import type { Statement } from "../database.ts";

/** The first day that is kept, the key at which to begin (its day as `2026-11-24`), how many rows at most. */
export type RemoveBucketsValues = readonly [
  keptFrom: string,
  cursorDay: string,
  cursorMethod: bigint,
  cursorId: string,
  maxRows: number,
];

/** The last key that was removed. */
export interface RemoveBucketsRow {
  /** Days since 1970-01-01. */
  readonly day: bigint;
  readonly method_id: bigint;
  readonly id: string;
  /** Of all that were removed. */
  readonly rows: bigint;
}

/**
 * Removes quarters of days before one, the oldest first; no row when there are none. The cursor only moves forward: without it, each
 * step would walk over what the steps before it removed.
 */
export const removeBuckets: Statement = {
  name: "remove-buckets",
  text: `
with removed as (
  delete from count.bucket_counts where (day, method_id, id) in (
    select day, method_id, id from count.bucket_counts
    where day < $1::date and (day, method_id, id) >= ($2::date, $3::bigint, $4::uuid)
    order by day, method_id, id limit $5::bigint
  )
  returning day, method_id, id
)
select (day - date '1970-01-01')::bigint as day, method_id, id::text as id, (select count(*) from removed) as rows
from removed order by removed.day desc, removed.method_id desc, removed.id desc limit 1`,
};

/** How many rows there are to remove. $1 the first day that is kept. */
export const countExpiredBuckets: Statement = {
  name: "count-expired-buckets",
  text: "select count(*) as rows from count.bucket_counts where day < $1::date",
};
