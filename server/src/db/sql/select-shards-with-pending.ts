import type { Statement } from "../database.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";

/** First and last day, both inclusive, as `2026-11-24`. */
export type SelectShardsWithPendingValues = readonly [firstDay: string, lastDay: string];

export interface SelectShardsWithPendingRow {
  readonly shard: bigint;
}

/**
 * The shards that hold something pending of these days.
 *
 * A branch for each shard, because each then is one probe of the primary key on both databases. A join with a list of
 * shards may be planned as a scan of everything that is pending.
 */
export const selectShardsWithPending: Statement = {
  name: "select-shards-with-pending",
  text: PENDING_SHARDS.map(
    (shard) => `select ${shard}::bigint as shard
where exists (select 1 from count.pending where shard = ${shard} and day >= $1::date and day <= $2::date)`,
  ).join("\nunion all\n"),
};
