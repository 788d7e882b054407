import { Method } from "@count/proto";
import { BUCKET_SECONDS, FIRST_SECOND } from "../domain/bucket.ts";
import { CountError } from "../domain/count-error.ts";
import type { Database } from "./database.ts";
import type { MigrateProgress } from "./migrate-progress.ts";
import { checkOriginals, findOriginals, moveOriginals, type Originals } from "./original-tables.ts";
import { sqlstateOf } from "./schema-version.ts";
import { PENDING_SHARDS } from "./sql/pending-shards.ts";
import {
  beginTakeOver,
  type CopiedRow,
  CREATE_TAKE_OVER,
  copyMethods,
  copyRequests,
  copyTotals,
  finishTakeOver,
  lastMapped,
  mapMethods,
  type NextBucketRow,
  type NextDayRow,
  type NextMethodsRow,
  nextBucket,
  nextDay,
  nextMethods,
  selectTakeOver,
  type TakeOverStateRow,
  type VerifyTakeOverRow,
  verifyTakeOver,
} from "./sql/take-over.ts";

/** What a take-over brought, this time and before it was interrupted. */
export interface TakenOver {
  readonly methods: number;
  readonly days: number;
  /** Of daily totals and single requests together. */
  readonly requests: bigint;
}

const FIRST_DAY = "0001-01-01";
const FIRST_BUCKET = FIRST_SECOND / BUCKET_SECONDS;
const NO_RIGHT = "42501";
/** Methods in a step. */
const STEP_METHODS = 1_000;
/** Buckets of requests in a step: an hour. */
const STEP_BUCKETS = 4;

/** By the names that the original writes; PATCH and OTHER, which it does not know, it writes as numbers. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(Method).flatMap(([name, number]) => (typeof number === "number" ? [[name, number] as const] : [])),
  [String(Method.PATCH), Method.PATCH],
  [String(Method.OTHER), Method.OTHER],
]);

/** Whether a take-over was begun and has not come to its end. @throws CountError */
export async function takeOverIsUnfinished(database: Database, signal?: AbortSignal): Promise<boolean> {
  const { begun } = await findOriginals(database, signal);
  if (!begun) return false;
  try {
    const [row] = await database.run<TakeOverStateRow>(selectTakeOver, [], signal && { signal });
    return row?.finished !== true;
  } catch (error) {
    // A role that serves has no right there, and neither migrates nor takes over.
    if (sqlstateOf(error) === NO_RIGHT) return false;
    throw error;
  }
}

/**
 * Moves the original's tables aside, so that ours can be made. It must be the holder of the migration lease. May be repeated.
 *
 * @throws CountError `precondition` when something in them cannot be taken over; then nothing has been moved
 */
export async function moveAside(database: Database, originals: Originals, signal: AbortSignal): Promise<void> {
  await checkOriginals(database, originals, signal);
  // Before anything is moved: from here on everybody can see that there is something to finish.
  for (const statement of CREATE_TAKE_OVER) await database.run(statement, [], { signal });
  await database.run(beginTakeOver, [FIRST_DAY, FIRST_BUCKET], { signal });
  await moveOriginals(database, originals, signal);
}

/**
 * Copies the counts of the original's tables, which have been moved aside, into ours, adding to what is there; servers may
 * run meanwhile. It works in steps of one transaction, so it may be killed at any point and repeated: what was copied is
 * copied once. At the end it compares all days and methods. The original's tables stay as they are.
 *
 * @throws CountError `internal` when the comparison finds a difference
 */
export async function copyOriginals(
  database: Database,
  signal: AbortSignal,
  onProgress: (progress: MigrateProgress) => void,
): Promise<TakenOver> {
  const methods = await copyAllMethods(database, signal, onProgress);
  await copyAllTotals(database, signal, onProgress);
  await copyAllRequests(database, signal, onProgress);
  onProgress({ kind: "taking-over", what: "comparing", done: 0n });
  const [row] = await database.run<VerifyTakeOverRow>(verifyTakeOver, [], { signal });
  if (row === undefined || row.different > 0n || row.missing > 0n) {
    throw new CountError(
      "internal",
      `the take-over does not add up: of ${row?.different ?? "?"} days and methods another number was copied than the original's tables ` +
        `hold, and of ${row?.missing ?? "?"} less is stored; the original's tables are whole, in the schema count_original`,
    );
  }
  await database.run(finishTakeOver, [], { signal });
  return { methods, days: Number(row.days), requests: row.requests };
}

async function copyAllMethods(
  database: Database,
  signal: AbortSignal,
  onProgress: (progress: MigrateProgress) => void,
): Promise<number> {
  const names = [[...NUMBERS.keys()], [...NUMBERS.values()]];
  const [mapped] = await database.run<NextMethodsRow>(lastMapped, [], { signal });
  let done = mapped?.methods ?? 0n;
  // The original's ids begin with 1.
  let before = mapped?.last ?? 0n;
  for (;;) {
    onProgress({ kind: "taking-over", what: "methods", done });
    const [next] = await database.run<NextMethodsRow>(nextMethods, [before, STEP_METHODS], { signal });
    if (next?.last == null) return Number(done);
    const values = [...names, before, next.last];
    await database.run(copyMethods, values, { signal });
    await database.run(mapMethods, values, { signal });
    before = next.last;
    done += next.methods;
  }
}

async function state(database: Database, signal: AbortSignal): Promise<TakeOverStateRow> {
  const [row] = await database.run<TakeOverStateRow>(selectTakeOver, [], { signal });
  if (row === undefined) throw new CountError("internal", "the row of count_original.take_over is gone");
  return row;
}

async function copyAllTotals(
  database: Database,
  signal: AbortSignal,
  onProgress: (progress: MigrateProgress) => void,
): Promise<void> {
  let cursor = (await state(database, signal)).next_day;
  let done = 0n;
  for (;;) {
    onProgress({ kind: "taking-over", what: "totals", done });
    const [next] = await database.run<NextDayRow>(nextDay, [cursor], { signal });
    if (next?.day == null || next.next === null) return;
    const [copied] = await database.run<CopiedRow>(copyTotals, [cursor, next.day, next.next], { signal });
    done += copied?.requests ?? 0n;
    cursor = next.next;
  }
}

async function copyAllRequests(
  database: Database,
  signal: AbortSignal,
  onProgress: (progress: MigrateProgress) => void,
): Promise<void> {
  let cursor = Number((await state(database, signal)).next_bucket);
  let done = 0n;
  for (;;) {
    onProgress({ kind: "taking-over", what: "requests", done });
    const [found] = await database.run<NextBucketRow>(nextBucket, [timeOf(cursor)], { signal });
    if (found?.bucket == null) return;
    const first = Number(found.bucket);
    const end = first + STEP_BUCKETS;
    const shard = PENDING_SHARDS[(Math.abs(first / STEP_BUCKETS) % PENDING_SHARDS.length) | 0] ?? 0;
    const values = [cursor, end, timeOf(first), timeOf(end), shard];
    const [copied] = await database.run<CopiedRow>(copyRequests, values, { signal });
    done += copied?.requests ?? 0n;
    cursor = end;
  }
}

/** The time at which a bucket begins. The end of the year 9999 is written as PostgreSQL reads it. */
function timeOf(bucket: number): string {
  return new Date(bucket * BUCKET_SECONDS * 1_000).toISOString().replace(/^\+0/, "");
}
