import { formatDay } from "../../domain/day.ts";
import { firstDayOfMonth } from "../../domain/month.ts";
import type { Run, SlotPlan } from "../../domain/slot-plan.ts";
import { int8Array } from "../binary-array.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";
import type { Values } from "./values.ts";

/**
 * What is rolled up, as rows of (slot, method_id, requests): months that are in one slot as a whole from the totals of months,
 * days from those of days, and days that are cut from their quarters.
 *
 * Each run is one scan of a primary key. Codes are looked up by the distance from the run's first day, since an array is indexed
 * in no time, on both databases; `width_bucket` searches, on CockroachDB one by one.
 */
export function storedSlots(plan: SlotPlan, values: Values): string {
  const branches = [
    ...plan.months.flatMap((run) => monthBranches(run, values)),
    ...plan.days.flatMap((run) => dayBranches(run, plan, values)),
  ];
  if (branches.length > 0) return branches.join("\n  union all");
  return "select 0::bigint as slot, 0::bigint as method_id, 0::bigint as requests where false";
}

/** The same of what is pending, summed: its entries are many, and it is used more than once. */
export function pendingSlots(plan: SlotPlan, values: Values): string {
  const rows = plan.days.map((run) => {
    const { code, within } = days(run, values);
    return `
      select ${code} as code, method_ids, buckets, counts from count.pending
      where shard in (${PENDING_SHARDS.join(", ")}) and ${within}`;
  });
  return `
  select slot, method_id, sum(requests)::bigint as requests from (
    select ${quarterOf(plan, values)} as slot, method_id, requests from (
      select code, unnest(method_ids) as method_id, unnest(buckets) as bucket, unnest(counts) as requests
      from (${rows.join(" union all")}
      ) as coded where code <> -1
    ) as entries
  ) as slots where slot >= 0 group by slot, method_id`;
}

/** Of a whole month, what is booked; and what is not, which is in its days only. */
function monthBranches(run: Run, values: Values): string[] {
  const { first, last } = run;
  const number = (date: string) =>
    `(extract(year from ${date})::bigint * 12 + extract(month from ${date})::bigint - 1)`;
  const code = (date: string) => lookUp(run, () => `${number(date)} - ${values.add("bigint", first)}`, values);
  const begin = values.add("date", formatDay(firstDayOfMonth(first)));
  // The last day: the year 10000 has no place in a date's text.
  const end = values.add("date", formatDay(firstDayOfMonth(last + 1) - 1));
  return [
    `
  select code as slot, method_id, total as requests from (
    select ${code("month")} as code, method_id, total from count.monthly_method_totals where month >= ${begin} and month <= ${end}
  ) as coded where code >= 0`,
    `
  select code as slot, method_id, unbooked as requests from (
    select ${code("day")} as code, method_id, total - booked as unbooked from count.daily_method_totals
    where total <> booked and day >= ${begin} and day <= ${end}
  ) as coded where code >= 0`,
  ];
}

function dayBranches(run: Run, plan: SlotPlan, values: Values): string[] {
  const { code, within } = days(run, values);
  const codes = typeof run.codes === "number" ? [run.codes] : run.codes;
  const branches: string[] = [];
  if (codes.some((one) => one >= 0)) {
    branches.push(`
  select code as slot, method_id, total as requests from (
    select ${code} as code, method_id, total from count.daily_method_totals where ${within}
  ) as coded where code >= 0`);
  }
  if (codes.some((one) => one <= -2)) {
    branches.push(`
  select slot, method_id, requests from (
    select ${quarterOf(plan, values)} as slot, method_id, requests from (
      select code, method_id, unnest(buckets) as bucket, unnest(counts) as requests from (
        select ${code} as code, method_id, buckets, counts from count.bucket_counts where ${within}
      ) as coded where code <= -2
    ) as entries
  ) as slots where slot >= 0`);
  }
  return branches;
}

/** The slot of an entry: its day's, or of a day that is cut, its quarter's. */
function quarterOf({ quarters }: SlotPlan, values: Values): string {
  if (quarters.length === 0) return "code";
  const all = values.once(quarters, () => values.add("bigint[]", int8Array(quarters)));
  return `case when code >= 0 then code else (${all})[(-2 - code) * 96 + bucket + 1] end`;
}

function days(run: Run, values: Values): { code: string; within: string } {
  return values.once(run, () => {
    const first = values.add("date", formatDay(run.first));
    const last = values.add("date", formatDay(run.last));
    return { code: lookUp(run, () => `day - ${first}`, values), within: `day >= ${first} and day <= ${last}` };
  });
}

function lookUp(run: Run, distance: () => string, values: Values): string {
  const { codes } = run;
  if (typeof codes === "number") return `(${codes})::bigint`;
  const all = values.once(codes, () => values.add("bigint[]", int8Array(codes)));
  return `(${all})[(${distance()}) + 1]`;
}
