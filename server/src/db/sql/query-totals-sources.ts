import { formatDay } from "../../domain/day.ts";
import type { DayRun, SlotPlan } from "../../domain/slot-plan.ts";
import { int8Array } from "../binary-array.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";
import type { Values } from "./values.ts";

/**
 * What is rolled up, as rows of (slot, method_id, requests). A day that is in one slot as a whole comes from its daily totals.
 *
 * Each run of days is one scan of the primary key. Codes are looked up by the distance from the run's first day, since an array
 * is indexed in no time, on both databases; `width_bucket` searches, on CockroachDB one by one.
 */
export function storedSlots(plan: SlotPlan, values: Values): string {
  return union(
    plan.runs.filter(({ codes }) => typeof codes !== "number" || codes >= 0),
    (run) => `
  select code as slot, method_id, total as requests from (
    select ${codeOf(run, values)} as code, method_id, total from count.daily_method_totals where ${within(run, values)}
  ) as coded where code >= 0`,
    "select 0::bigint as slot, 0::bigint as method_id, 0::bigint as requests where false",
  );
}

/** The same of what is pending, summed: its entries are many, and it is used more than once. */
export function pendingSlots(plan: SlotPlan, values: Values): string {
  const rows = union(
    plan.runs,
    (run) => `
      select ${codeOf(run, values)} as code, method_ids, buckets, counts from count.pending
      where shard in (${PENDING_SHARDS.join(", ")}) and ${within(run, values)}`,
    "",
  );
  const quarters = values.add("bigint[]", int8Array(plan.quarters));
  return `
  select slot, method_id, sum(requests)::bigint as requests from (
    select case when code >= 0 then code else (${quarters})[(-2 - code) * 96 + bucket + 1] end as slot, method_id, requests from (
      select code, unnest(method_ids) as method_id, unnest(buckets) as bucket, unnest(counts) as requests from (${rows}
      ) as coded where code <> -1
    ) as entries
  ) as slots where slot >= 0 group by slot, method_id`;
}

function union<Part>(parts: readonly Part[], textOf: (part: Part) => string, empty: string): string {
  return parts.length === 0 ? empty : parts.map(textOf).join(" union all");
}

function codeOf({ first, codes }: DayRun, values: Values): string {
  if (typeof codes === "number") return `(${codes})::bigint`;
  return `(${values.add("bigint[]", int8Array(codes))})[(day - ${values.add("date", formatDay(first))}) + 1]`;
}

function within({ first, last }: DayRun, values: Values): string {
  return `day >= ${values.add("date", formatDay(first))} and day <= ${values.add("date", formatDay(last))}`;
}
