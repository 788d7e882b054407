import type { Statement } from "../database.ts";

/** The days are texts such as `2026-11-24`; `lastDay` is inclusive. */
export type SelectPendingKeysValues = readonly [
  shard: number,
  cursorDay: string,
  cursorId: string,
  lastDay: string,
  maxRows: number,
];

export interface SelectPendingKeysRow {
  /** Days since 1970-01-01. */
  readonly day: bigint;
  readonly id: string;
  /** Length of each of the row's arrays. */
  readonly entries: bigint;
}

/**
 * The next keys of a shard, at or after the cursor (day, id).
 *
 * The cursor only moves forward: without it, each step would walk over everything that the steps before it deleted.
 */
export const selectPendingKeys: Statement = {
  name: "select-pending-keys",
  text: `
select (day - date '1970-01-01')::bigint as day, id, cardinality(method_ids)::bigint as entries
from count.pending
where shard = $1::smallint and (day, id) >= ($2::date, $3::uuid) and day <= $4::date
order by day, id
limit $5::bigint`,
};
