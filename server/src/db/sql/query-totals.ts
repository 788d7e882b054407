import { bucketInDay, dayOfBucket } from "../../domain/bucket.ts";
import { formatDay } from "../../domain/day.ts";
import type { SlotPlan } from "../../domain/slot-plan.ts";
import { dateArray } from "../binary-array.ts";
import type { Statement } from "../database.ts";
import { bucketsFrom } from "./buckets-from.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";
import { type GroupPosition, Groups, type MethodFilter, type TotalsDimension } from "./query-totals-groups.ts";
import { pendingSlots, storedSlots } from "./query-totals-sources.ts";
import { Values } from "./values.ts";

/** What a query asks of the database. */
export interface QueryTotalsPlan {
  /** The periods that may have rows: slot 2n is the n-th period, slot 2n + 1 the one that it is compared with. */
  readonly rows: SlotPlan;
  /** The whole range, slot 0, and the one before, slot 1. */
  readonly whole: SlotPlan;
  /** All periods, with slots as in `rows`; undefined: nothing that is pending counts. */
  readonly pending: SlotPlan | undefined;
  /** Whether there is one period, which is the whole range. */
  readonly isWhole: boolean;
  /** The slots of `rows`: [first, end). */
  readonly window: readonly [first: number, end: number];
  /** The first and the last quarter of the whole range. */
  readonly range: readonly [first: number, last: number];
  readonly groupBy: readonly TotalsDimension[];
  readonly filter: MethodFilter;
  /**
   * Whether the filter lets through so few of the methods that each is looked up for each day and month; else all that is stored of
   * these days is read, and filtered.
   */
  readonly isNarrow: boolean;
  /**
   * The largest groups of the whole range, each with its periods, and what the others have. Or rows by period, path, method and
   * service, from a period on, or after one of its groups.
   */
  readonly selection:
    | { readonly top: number }
    | { readonly limit: number; readonly period: number; readonly after: GroupPosition | undefined };
}

/** One row is `totals`; then `group` rows of a page, or `series` rows of the largest groups, in no order. */
export interface QueryTotalsRow {
  readonly kind: "totals" | "group" | "series";
  /** Place in the order of the answer, from 1 on; 0 for all groups that have none. */
  readonly place: bigint;
  readonly period: bigint | null;
  /** Null: not grouped by. */
  readonly service: string | null;
  readonly method: number | null;
  readonly path: string | null;
  readonly requests: bigint | null;
  /** In the period, or the range, that this one is compared with. */
  readonly previous: bigint | null;
  /** Of a series: `3:1200:9,4:7:0`, which are periods, their requests and what they are compared with. */
  readonly series: string | null;
  /** Of the totals, as the rest: how many of the requests are pending. */
  readonly pending: bigint | null;
  /** What clients say they lost in the whole range. */
  readonly lost: bigint | null;
  /** Days since 1970-01-01. Null: nothing is pending, or nothing is rolled up. */
  readonly oldest_pending: bigint | null;
  readonly first_total: bigint | null;
  /** The first day whose quarters are all kept. */
  readonly buckets_from: bigint | null;
  /** The first day whose totals are kept. Null: none were ever removed. */
  readonly totals_from: bigint | null;
  /** The last day with counts of which quarters are asked for and not kept. Null: there is none. */
  readonly uncovered: bigint | null;
}

/** Columns of {@link QueryTotalsRow} after kind and place. */
const EMPTY = {
  names: "null::text, null::smallint, null::text",
  counts: "null::bigint, null::bigint",
  facts: Array.from({ length: 7 }, () => "null::bigint").join(", "),
};

/**
 * The statement of a query: one, so that rolled up and pending counts, rows and totals are of one snapshot.
 *
 * Its text depends on what is asked for, and the best plan on the values, so it is not prepared.
 */
export function queryTotals(plan: QueryTotalsPlan): { statement: Statement; values: readonly unknown[] } {
  const values = new Values();
  const groups = new Groups(plan.groupBy, plan.filter, values);
  const parts = [
    `kept as (${bucketsFrom}\n)`,
    ...(plan.isNarrow ? [`chosen as materialized (${groups.chosen})`] : []),
    ...(plan.pending === undefined ? [] : [`pend as materialized (${pendingSlots(plan.pending, values)}\n)`]),
    `whole as (${storedWhole(plan, values)}\n)`,
    `counted as (${countedSlots(plan, values)}\n)`,
    ...selected(plan, groups, values),
  ];
  const text = `
with ${parts.join(", ")}
select 'totals' as kind, 0::bigint as place, null::bigint as period, null::text as service, null::smallint as method, null::text as path,
  coalesce(sum(case when s.slot = 0 then s.requests end), 0)::bigint as requests,
  coalesce(sum(case when s.slot = 1 then s.requests end), 0)::bigint as previous, null::text as series,
  coalesce(sum(case when s.slot = 0 then s.pending end), 0)::bigint as pending,
  ${facts(plan, values)}
from whole as s ${groups.join} ${groups.where()}
union all
${answer(plan, groups)}`;
  return { statement: { name: "query-totals", text, prepare: false }, values: values.all };
}

/** What rows are made of. One period has been read as the whole range. */
function countedSlots(plan: QueryTotalsPlan, values: Values): string {
  if (plan.isWhole) return "select slot, method_id, requests from whole";
  const stored = storedSlots(plan.rows, plan.isNarrow, values);
  if (plan.pending === undefined) return stored;
  const [first, end] = plan.window.map((slot) => values.add("bigint", slot));
  return `${stored} union all\n  select slot, method_id, requests from pend where slot >= ${first} and slot < ${end}`;
}

/** What is used more than once is added up first: the months of a method are one row then. */
function storedWhole(plan: QueryTotalsPlan, values: Values): string {
  const stored = `
  select slot, method_id, requests, 0::bigint as pending from (${storedSlots(plan.whole, plan.isNarrow, values)}
  ) as stored`;
  const all =
    plan.pending === undefined
      ? stored
      : `${stored} union all\n  select slot & 1, method_id, requests, requests from pend`;
  if (!plan.isWhole && !("top" in plan.selection)) return all;
  return `
  select slot, method_id, sum(requests)::bigint as requests, sum(pending)::bigint as pending from (${all}
  ) as every_one group by slot, method_id`;
}

const SUMS = `sum(case when (s.slot & 1) = 0 then s.requests else 0 end)::bigint as requests,
    sum(case when (s.slot & 1) = 1 then s.requests else 0 end)::bigint as previous`;

function selected({ selection }: QueryTotalsPlan, groups: Groups, values: Values): string[] {
  if ("limit" in selection) {
    return [
      `grouped as (
  select s.slot >> 1 as period, ${groups.selected}${SUMS}
  from counted as s ${groups.join} ${groups.where()} group by s.slot >> 1${groups.grouped}
)`,
      `page as (
  select *, row_number() over (order by period${groups.ordered}) as place from grouped
  where (requests > 0 or previous > 0) and ${groups.comesAfter(selection.period, selection.after, values)}
  order by place limit ${values.add("bigint", selection.limit)}
)`,
    ];
  }
  return [
    `summed as (
  select ${groups.selected}sum(s.requests)::bigint as requests
  from whole as s ${groups.join} ${groups.where("s.slot = 0")} group by ${groups.grouped.slice(2)}
)`,
    `largest as (
  select *, row_number() over (order by requests desc${groups.ordered}) as place from summed where requests > 0
  order by place limit ${values.add("bigint", selection.top)}
)`,
    `placed as (
  select coalesce(l.place, 0) as place, s.slot >> 1 as period, ${SUMS}
  from counted as s ${groups.join} left join largest as l on ${groups.belongs("l")}
  ${groups.where()} group by 1, 2
)`,
    `lists as (
  select place, string_agg(period::text || ':' || requests::text || ':' || previous::text, ',') as series
  from placed where requests > 0 or previous > 0 group by place
)`,
  ];
}

function answer({ selection }: QueryTotalsPlan, groups: Groups): string {
  if ("limit" in selection) {
    return `select 'group', p.place, p.period, ${groups.columns("p")}, p.requests, p.previous, null::text, ${EMPTY.facts} from page as p`;
  }
  return `select 'series', t.place, null::bigint, ${groups.columns("l")}, ${EMPTY.counts}, t.series, ${EMPTY.facts}
from lists as t left join largest as l on l.place = t.place`;
}

function facts({ rows, whole, range }: QueryTotalsPlan, values: Values): string {
  const [first, last] = range.map(
    (at) => `(${values.add("date", formatDay(dayOfBucket(at)))}, ${values.add("smallint", bucketInDay(at))})`,
  );
  const cut = values.add("date[]", dateArray([...new Set([...rows.cutDays, ...whole.cutDays])]));
  const oldest = PENDING_SHARDS.map(
    (shard) => `(select day from count.pending where shard = ${shard} order by day limit 1)`,
  ).join(" union all ");
  return `(select least(coalesce(sum(requests), 0), 9223372036854775807) from count.lost_requests
    where (day, bucket) >= ${first} and (day, bucket) <= ${last})::bigint as lost,
  (select min(day) - date '1970-01-01' from (${oldest}) as firsts)::bigint as oldest_pending,
  (select min(day) - date '1970-01-01' from count.daily_method_totals)::bigint as first_total,
  (select buckets_from - date '1970-01-01' from kept)::bigint as buckets_from,
  (select totals_from - date '1970-01-01' from count.state where id = 1)::bigint as totals_from,
  (select max(day) - date '1970-01-01' from count.daily_method_totals
    where day = any(${cut}) and day < (select buckets_from from kept))::bigint as uncovered`;
}
