import type { Database } from "../db/database.ts";
import { countExpiredBuckets } from "../db/sql/expired-buckets.ts";
import { countExpiredTotals } from "../db/sql/expired-totals.ts";
import { type HorizonsRow, moveTotalsFrom, selectHorizons } from "../db/sql/state.ts";
import { dayOfMs, formatDay } from "../domain/day.ts";
import type { Retention } from "../domain/retention.ts";
import { applyPathRules } from "../policy/apply-path-rules.ts";
import { readPolicy } from "../policy/policy.ts";
import { keepBucketsFrom } from "../rollup/keep-buckets-from.ts";
import { bookTotals } from "./book-totals.ts";
import { mergeLostRows, mergeQuarters } from "./merge-rows.ts";
import { removeBuckets } from "./remove-buckets.ts";
import { removeTotals } from "./remove-totals.ts";
import { type Progress, Steps } from "./steps.ts";

export interface RemoveExpiredOptions {
  readonly retention: Retention;
  /** Only count what there is to remove. Default false. */
  readonly dryRun?: boolean;
  /** How long it may take, in milliseconds; a step may end later. Default 5,000. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
}

export interface Expired {
  /** Days since 1970-01-01. */
  readonly bucketsFrom: number;
  /** Rows of quarters that were removed, or would be. */
  readonly bucketRows: number;
  /** Undefined: all are kept. */
  readonly totalsFrom: number | undefined;
  /** Daily totals that were removed, or would be. */
  readonly totalRows: number;
  /** Whether there is more to do. */
  readonly more: boolean;
}

/**
 * Removes what is older than it has to be kept, and puts in order what the roll-ups of closed days have left, in steps of one
 * transaction each: it may be killed at any point and run by several callers at once. No sum that is kept changes by it.
 *
 * The database knows the first days that are kept before anything is removed, so answers say so, whoever gives them.
 *
 * @throws CountError `cancelled`, and as {@link Database.run}. What was done stays done.
 */
export async function removeExpired(
  database: Pick<Database, "run">,
  { retention, dryRun = false, limitMs = 5_000, signal, now = Date.now }: RemoveExpiredOptions,
): Promise<Expired> {
  const today = dayOfMs(now());
  const { bucketDays, totalDays } = retention;
  const steps = new Steps(database, limitMs, signal);
  const keepsAll = totalDays === Number.POSITIVE_INFINITY;
  if (dryRun) return wouldRemove(steps, today - bucketDays, keepsAll ? undefined : today - totalDays);

  let bucketRows = 0;
  let totalRows = 0;
  const bucketsFrom = await keepBucketsFrom(database, today - bucketDays, signal);
  if (!keepsAll) await steps.run(moveTotalsFrom, [formatDay(today - totalDays)]);
  const work = [
    () => bookTotals(steps),
    () => removeBuckets(steps, bucketsFrom, (rows) => (bucketRows += rows)),
    ...(keepsAll ? [] : [() => removeTotals(steps, today - totalDays, (rows) => (totalRows += rows))]),
    () => followRules(steps),
    () => mergeQuarters(steps, bucketsFrom, today),
    () => mergeLostRows(steps, today),
  ];
  let more = false;
  for (const part of work) more = (await part()) === "more" || more;
  const [horizons] = await steps.run<HorizonsRow>(selectHorizons, []);
  const totalsFrom = horizons?.totals_from ?? undefined;
  return {
    bucketsFrom: Number(horizons?.buckets_from ?? bucketsFrom),
    bucketRows,
    totalsFrom: totalsFrom === undefined ? undefined : Number(totalsFrom),
    totalRows,
    more,
  };
}

/** Whatever made a method without a look at the rules, such as an older server, it follows them from now on. */
async function followRules(steps: Steps): Promise<Progress> {
  if (steps.isOver()) return "more";
  const policy = await readPolicy(steps);
  // Without rules a new method is right as it is.
  if (policy.rules.list.length > 0 || !policy.isApplied) await applyPathRules(steps, policy);
  return "done";
}

async function wouldRemove(steps: Steps, buckets: number, totals: number | undefined): Promise<Expired> {
  const [horizons] = await steps.run<HorizonsRow>(selectHorizons, []);
  const bucketsFrom = Math.max(buckets, Number(horizons?.buckets_from ?? buckets));
  const stored = horizons?.totals_from ?? undefined;
  const totalsFrom = stored === undefined ? totals : Math.max(Number(stored), totals ?? Number(stored));
  const bucketRows = await count(steps, countExpiredBuckets, bucketsFrom);
  const totalRows = totals === undefined ? 0 : await count(steps, countExpiredTotals, totals);
  return { bucketsFrom, bucketRows, totalsFrom, totalRows, more: bucketRows + totalRows > 0 };
}

async function count(steps: Steps, statement: typeof countExpiredBuckets, keptFrom: number): Promise<number> {
  const [row] = await steps.run<{ rows: bigint }>(statement, [formatDay(keptFrom)]);
  return Number(row?.rows ?? 0n);
}
