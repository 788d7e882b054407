import type { Statement } from "../database.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";

/** The first day that is open, as `2026-11-24`. */
export type SelectRollupLagValues = readonly [openDay: string];

export interface SelectRollupLagRow {
  /** Days since 1970-01-01 of the oldest closed day with something pending; null: there is none. */
  readonly oldest: bigint | null;
  /** The same of days after the last one that has a total. */
  readonly oldest_untouched: bigint | null;
  /** Milliseconds since 1970-01-01T00:00:00Z, by the database's clock. */
  readonly now_ms: bigint;
}

const oldest = (condition: string) => `select min(day) - date '1970-01-01' from (${PENDING_SHARDS.map(
  (shard) => `
    (select day from count.pending where shard = ${shard} and day < $1::date${condition} order by day limit 1)`,
).join(" union all")}
  ) as firsts`;

/** How far the roll-up is behind, and what time it is: two probes of the primary key for each shard, and nothing counted. */
export const selectRollupLag: Statement = {
  name: "select-rollup-lag",
  text: `
with last as (select coalesce(max(day), date '0001-01-01') as day from count.daily_method_totals)
select (
  ${oldest("")}
)::bigint as oldest,
(
  ${oldest(" and day > (select last.day from last)")}
)::bigint as oldest_untouched,
(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms`,
};
