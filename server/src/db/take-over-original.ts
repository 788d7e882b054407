import { CountError } from "../domain/count-error.ts";
import type { Database } from "./database.ts";
import type { ResolvedDatabaseOptions } from "./database-options.ts";
import type { MigrateProgress } from "./migrate-progress.ts";
import type { MigrationLease } from "./migration-lease.ts";
import { findOriginals } from "./original-tables.ts";
import { connectDatabase } from "./pool-database.ts";
import { copyOriginals, moveAside, type TakenOver, takeOverIsUnfinished } from "./take-over.ts";

/**
 * Whether there is something to take over.
 *
 * @param asked by `--take-over`
 * @throws CountError `precondition` when a take-over was begun and is not asked for: servers would come up with a part of the counts
 */
export async function takeOverWanted(
  database: Database,
  asked: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { inCount, aside, begun } = await findOriginals(database, signal);
  const isUnfinished = begun && (await takeOverIsUnfinished(database, signal));
  if (asked) return inCount.length > 0 || isUnfinished || (aside.length > 0 && !begun);
  if (!isUnfinished) return false;
  throw new CountError(
    "precondition",
    "taking over the original Count's counts was begun and is not finished; go on with it: count migrate --take-over",
  );
}

export interface TakeOverOriginal {
  readonly database: ResolvedDatabaseOptions;
  /** Held by the caller. */
  readonly lease: MigrationLease;
  readonly retryLimitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: MigrateProgress) => void) | undefined;
  /** Applies what migrations are pending, and tells their names. */
  readonly apply: () => Promise<readonly string[]>;
}

/** Moves the original's tables aside, makes ours, copies. As the holder of the lease; when that is lost, it stops. */
export async function takeOverOriginal(
  options: TakeOverOriginal,
): Promise<{ readonly applied: readonly string[]; readonly takenOver: TakenOver | undefined }> {
  const { lease, signal, retryLimitMs, onProgress, apply } = options;
  const stop = signal ? AbortSignal.any([signal, lease.lost]) : lease.lost;
  await using database = await connectDatabase({
    ...options.database,
    maxConnections: 1,
    retryLimitMs,
    // An hour of requests, and the comparison, take what they take; the lease is extended meanwhile.
    statementTimeoutMs: 0,
    signal: stop,
  });
  await moveAside(database, await findOriginals(database, stop), stop);
  const applied = await apply();
  // Whoever had the lease before may have done the work.
  if (!(await takeOverIsUnfinished(database, stop))) return { applied, takenOver: undefined };
  return { applied, takenOver: await copyOriginals(database, stop, onProgress ?? (() => undefined)) };
}
