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

/** Moves the first day whose totals are kept forward, unless it is further already. $1 day. Before any are removed. */
export const moveTotalsFrom: Statement = {
  name: "move-totals-from",
  text: `
update count.state set totals_from = $1::date where id = 1 and (totals_from is null or totals_from < $1::date) returning id`,
};

export interface HorizonsRow {
  /** Days since 1970-01-01. */
  readonly buckets_from: bigint;
  /** Null: no totals were ever removed. */
  readonly totals_from: bigint | null;
}

/** The first days whose quarters and totals are kept, as they are stored. */
export const selectHorizons: Statement = {
  name: "select-horizons",
  text: `
select (buckets_from - date '1970-01-01')::bigint as buckets_from, (totals_from - date '1970-01-01')::bigint as totals_from
from count.state where id = 1`,
};
