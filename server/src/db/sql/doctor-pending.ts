import type { Statement } from "../database.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";

/** The first day that is open, as `2026-11-24`; how many rows are counted at most. */
export type DoctorPendingValues = readonly [openDay: string, maxRows: number];

export interface DoctorPendingRow {
  /** Days since 1970-01-01; null: nothing is pending of a closed day. */
  readonly oldest_closed: bigint | null;
  /** Rows of closed days. */
  readonly closed_rows: bigint;
  /** Rows of all days. */
  readonly rows: bigint;
  /** The last day that has a total; null: there is none. */
  readonly last_total: bigint | null;
}

/**
 * How far the roll-up is behind. One probe of the primary key for each shard finds the oldest day; counting stops at a
 * limit, so that it is quick however much is pending.
 */
export const doctorPending: Statement = {
  name: "doctor-pending",
  text: `
select (
  select min(day) - date '1970-01-01' from (${PENDING_SHARDS.map(
    (shard) => `
    (select day from count.pending where shard = ${shard} and day < $1::date order by day limit 1)`,
  ).join(" union all")}
  ) as firsts
)::bigint as oldest_closed,
(select count(*) from (select 1 as one from count.pending where day < $1::date limit $2::bigint) as closed) as closed_rows,
(select count(*) from (select 1 as one from count.pending limit $2::bigint) as everything) as rows,
(select max(day) - date '1970-01-01' from count.daily_method_totals)::bigint as last_total`,
};
