import type { Database } from "../db/database.ts";
import { type FoldPendingRow, type FoldPendingValues, foldPending } from "../db/sql/fold-pending.ts";
import {
  type SelectPendingKeysRow,
  type SelectPendingKeysValues,
  selectPendingKeys,
} from "../db/sql/select-pending-keys.ts";
import {
  type SelectShardsWithPendingRow,
  type SelectShardsWithPendingValues,
  selectShardsWithPending,
} from "../db/sql/select-shards-with-pending.ts";
import { CountError } from "../domain/count-error.ts";
import { dayOfMs, formatDay } from "../domain/day.ts";
import { DEFAULT_RETENTION } from "../domain/retention.ts";
import { readDailyTotals } from "../totals/read-totals.ts";
import type { Period, TotalsById } from "../totals/totals.ts";
import { keepBucketsFrom } from "./keep-buckets-from.ts";
import { NewTotals } from "./new-totals.ts";
import { cutByEntries, type PendingKey } from "./pending-key.ts";

/** One transaction of a roll-up. */
export interface RollUpStep {
  /** Pending rows that it was to fold; a roll-up that runs at the same time may have folded some of them. */
  readonly rows: number;
  /** Entries of those rows: a row has one for each (method, 15 minutes). */
  readonly entries: number;
  /** Daily totals that it wrote. */
  readonly totals: number;
}

export type AroundStep = <Result>(
  step: Pick<RollUpStep, "rows" | "entries">,
  fold: () => Promise<Result>,
) => Promise<Result>;

export interface RollUpOptions {
  /** Ends the roll-up between two steps, or a step that waits; what was folded stays folded. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each step that has been committed. Must not throw. */
  readonly onStep?: ((step: RollUpStep) => void) | undefined;
  /** Runs each step, so that somebody can trace it: it calls `fold` once and passes on what comes of it. */
  readonly around?: AroundStep | undefined;
  /** Pending rows that a step may fold: 1 or more. Default 2,000. */
  readonly maxStepRows?: number | undefined;
  /** Entries that a step may fold: 1 or more. Default 500,000, some 100 ms of PostgreSQL. A single row may hold more. */
  readonly maxStepEntries?: number | undefined;
  /** Of so many days before today quarters are kept; of earlier ones only totals. Default {@link DEFAULT_RETENTION}. */
  readonly bucketRetentionDays?: number | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const NIL_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Folds what is pending of a period into the daily totals, and returns the new total of each (day, method) that it added
 * to, ascending by day.
 *
 * It works in steps of one transaction each, so it may be killed at any point and run by several callers at once: a pending
 * row is either still there or has been added. Every row that was committed before the call is folded when it returns, by
 * it or by another; a row that arrives meanwhile may be left for the next call.
 *
 * Two connections share the shards: 10 million requests in 10,000 rows take 0.42 instead of 0.82 s on two cores.
 *
 * When a connection is lost just as a step commits, nobody knows which totals that step wrote. Then the result has all
 * totals of the step's days, rather than miss one.
 *
 * @throws CountError `cancelled` when the signal is aborted; and as {@link Database.run}. What was folded stays folded.
 */
export async function rollUp(
  database: Pick<Database, "run">,
  period: Period,
  options: RollUpOptions = {},
): Promise<TotalsById[]> {
  const { signal, maxStepRows = 2_000, maxStepEntries = 500_000, now = Date.now } = options;
  const { bucketRetentionDays = DEFAULT_RETENTION.bucketDays } = options;
  const totals = new NewTotals();
  const uncertainDays = new Set<number>();
  let failed = false;

  const foldAll = async (keys: readonly PendingKey[]): Promise<void> => {
    for (const step of cutByEntries(keys, maxStepEntries)) {
      throwIfAborted(signal);
      if (failed) return;
      const figures = { rows: step.length, entries: sumEntries(step) };
      const work = () => fold(database, step, bucketsFrom, signal, uncertainDays);
      const rows = await (options.around === undefined ? work() : options.around(figures, work));
      totals.addRows(rows);
      options.onStep?.({ ...figures, totals: rows.length });
    }
  };

  // Rows of several shards and days share a step. A shard is read on only when all its rows so far have been folded, so
  // that the key at the cursor is gone and is not read twice.
  const foldShards = async (shards: readonly number[]): Promise<void> => {
    let batch: PendingKey[] = [];
    for (const shard of shards) {
      let cursor: Pick<PendingKey, "day" | "id"> | undefined = { day: period.first, id: NIL_ID };
      while (cursor !== undefined) {
        throwIfAborted(signal);
        if (failed) return;
        const limit: number = maxStepRows - batch.length;
        const page: PendingKey[] = await pendingKeys(database, shard, cursor, period, limit, signal);
        batch.push(...page);
        cursor = page.length < limit ? undefined : page.at(-1);
        if (cursor !== undefined) {
          await foldAll(batch);
          batch = [];
        }
      }
    }
    await foldAll(batch);
  };

  const shards = await shardsWithPending(database, period, signal);
  if (shards.length === 0) return [];
  const bucketsFrom = await keepBucketsFrom(database, dayOfMs(now()) - bucketRetentionDays, signal);
  const lanes = [0, 1].map((lane) => foldShards(shards.filter((_, at) => at % 2 === lane)));
  for (const lane of lanes) {
    lane.catch(() => {
      failed = true;
    });
  }
  // Both have ended when this function does, whatever becomes of one of them.
  const results = await Promise.allSettled(lanes);
  for (const result of results) if (result.status === "rejected") throw result.reason;

  for (const day of uncertainDays)
    totals.add(await readDailyTotals(database, { first: day, end: day + 1 }, { signal }));
  return totals.toTotals();
}

async function shardsWithPending(
  database: Pick<Database, "run">,
  { first, end }: Period,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  throwIfAborted(signal);
  const values: SelectShardsWithPendingValues = [formatDay(first), formatDay(end - 1)];
  const rows = await database.run<SelectShardsWithPendingRow>(selectShardsWithPending, values, signal && { signal });
  return rows.map((row) => Number(row.shard));
}

async function pendingKeys(
  database: Pick<Database, "run">,
  shard: number,
  cursor: Pick<PendingKey, "day" | "id">,
  { end }: Period,
  maxRows: number,
  signal: AbortSignal | undefined,
): Promise<PendingKey[]> {
  const values: SelectPendingKeysValues = [shard, formatDay(cursor.day), cursor.id, formatDay(end - 1), maxRows];
  const rows = await database.run<SelectPendingKeysRow>(selectPendingKeys, values, signal && { signal });
  return rows.map(({ day, id, entries }) => ({ shard, day: Number(day), id, entries: Number(entries) }));
}

function fold(
  database: Pick<Database, "run">,
  keys: readonly PendingKey[],
  bucketsFrom: number,
  signal: AbortSignal | undefined,
  uncertainDays: Set<number>,
): Promise<FoldPendingRow[]> {
  const values: FoldPendingValues = [
    keys.map(({ shard }) => shard),
    keys.map(({ day }) => formatDay(day)),
    keys.map(({ id }) => id),
    formatDay(bucketsFrom),
  ];
  const onUncertain = () => {
    for (const { day } of keys) uncertainDays.add(day);
  };
  return database.run<FoldPendingRow>(foldPending, values, signal ? { signal, onUncertain } : { onUncertain });
}

function sumEntries(keys: readonly PendingKey[]): number {
  return keys.reduce((sum, { entries }) => sum + entries, 0);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new CountError("cancelled", "the roll-up was cancelled", signal.reason);
}
