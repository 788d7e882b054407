import { formatDay } from "../../domain/day.ts";
import { firstDayOfMonth } from "../../domain/month.ts";
import type { Run, SlotPlan } from "../../domain/slot-plan.ts";
import { int8Array } from "../binary-array.ts";
import { PENDING_SHARDS } from "./pending-shards.ts";
import { UNBOOKED } from "./unbooked.ts";
import type { Values } from "./values.ts";

/**
 * What is rolled up, as rows of (slot, method_id, requests): months that are in one slot as a whole from the totals of months,
 * days from those of days, and days that are cut from their quarters.
 *
 * Each run is one scan of a primary key. Codes are looked up by the distance from the run's first day, since an array is indexed
 * in no time, on both databases; `width_bucket` searches, on CockroachDB one by one.
 *
 * @param isNarrow only of the methods in `chosen (id)`
 */
export function storedSlots(plan: SlotPlan, isNarrow: boolean, values: Values): string {
  const branches = [
    ...plan.months.flatMap((run) => monthBranches(run, isNarrow, values)),
    ...plan.days.flatMap((run) => dayBranches(run, plan, isNarrow, values)),
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
      where shard in (${PENDING_SHARDS.join(", ")}) and ${within()}`;
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
function monthBranches(run: Run, isNarrow: boolean, values: Values): string[] {
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
    select ${code("month")} as code, method_id, total from ${
      isNarrow
        ? lookUps("monthly_method_totals", "month", ["total"], `(${begin} + n::int * interval '1 month')::date`, run)
        : `count.monthly_method_totals where month >= ${begin} and month <= ${end}`
    }
  ) as coded${known(run)}`,
    `
  select code as slot, method_id, unbooked as requests from (
    select ${code("day")} as code, method_id, total - booked as unbooked from count.daily_method_totals
    where ${UNBOOKED} and day >= ${begin} and day <= ${end}
  ) as coded${known(run)}`,
  ];
}

function dayBranches(run: Run, plan: SlotPlan, isNarrow: boolean, values: Values): string[] {
  const { code, within, first } = days(run, values);
  const from = (table: string, columns: readonly string[]) =>
    isNarrow ? lookUps(table, "day", columns, `${first} + n::int`, run) : `count.${table} where ${within()}`;
  const codes = typeof run.codes === "number" ? [run.codes] : run.codes;
  const branches: string[] = [];
  if (codes.some((one) => one >= 0)) {
    branches.push(`
  select code as slot, method_id, total as requests from (
    select ${code} as code, method_id, total from ${from("daily_method_totals", ["total"])}
  ) as coded${known(run)}`);
  }
  if (codes.some((one) => one <= -2)) {
    branches.push(`
  select slot, method_id, requests from (
    select ${quarterOf(plan, values)} as slot, method_id, requests from (
      select code, method_id, unnest(buckets) as bucket, unnest(counts) as requests from (
        select ${code} as code, method_id, buckets, counts from ${from("bucket_counts", ["buckets", "counts"])}
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

/**
 * The rows of a run that the chosen methods have, by a look at the primary key for each day, or month, and method. The planner does
 * not know how many are chosen, so it is not asked which way is better.
 *
 * @param key the date of the n-th of the run
 */
function lookUps(table: string, column: string, columns: readonly string[], key: string, { first, last }: Run): string {
  const selected = [column, "method_id", ...columns].join(", ");
  return `generate_series(0, ${last - first}) as n, lateral (
      select ${selected} from count.${table} where ${column} = ${key} and method_id = any(array(select id from chosen))
    ) as found`;
}

/** Leaves out the days that have no slot; where all have one it is not worked out twice for each row. */
function known({ codes }: Run): string {
  return typeof codes === "number" || codes.some((code) => code < 0) ? " where code >= 0" : "";
}

/** The days of a run: what one's slot is, and the condition that it is one of them, for who needs that. */
function days(run: Run, values: Values): { code: string; first: string; within: () => string } {
  return values.once(run, () => {
    const first = values.add("date", formatDay(run.first));
    const condition = {};
    // A value that no text uses has no type.
    const within = () =>
      values.once(condition, () => `day >= ${first} and day <= ${values.add("date", formatDay(run.last))}`);
    return { code: lookUp(run, () => `day - ${first}`, values), first, within };
  });
}

function lookUp(run: Run, distance: () => string, values: Values): string {
  const { codes } = run;
  if (typeof codes === "number") return `(${codes})::bigint`;
  const all = values.once(codes, () => values.add("bigint[]", int8Array(codes)));
  return `(${all})[(${distance()}) + 1]`;
}
