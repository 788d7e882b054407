import { CountError } from "../domain/count-error.ts";
import { applyMigrations } from "./apply-migrations.ts";
import { sleep } from "./backoff.ts";
import { resolveDatabaseOptions } from "./database-options.ts";
import type { MigrateProgress } from "./migrate-progress.ts";
import { MigrationLease } from "./migration-lease.ts";
import { type MigrationFile, readMigrations } from "./migration-source.ts";
import { ensureMigrationTables } from "./migration-tables.ts";
import { connectDatabase, type PoolDatabase } from "./pool-database.ts";
import { appliedMigrations, compareMigrations } from "./schema-version.ts";
import type { TakenOver } from "./take-over.ts";
import { takeOverOriginal, takeOverWanted } from "./take-over-original.ts";
import { waitForDatabase } from "./wait-for-database.ts";

export interface MigrateOptions {
  /** As in `DatabaseOptions`. */
  readonly url: string;
  /** How long to wait for a database that is not there yet, and again for another process that migrates. In ms, default 60,000. */
  readonly waitMs?: number;
  /**
   * After how long a migrator that was killed, or that cannot reach the database, is succeeded by the next. In ms, default
   * 15,000, at least 300. It says that it is alive three times as often.
   */
  readonly leaseMs?: number;
  /** Folder of the migrations. Default: the one that comes with this build. */
  readonly folder?: string;
  /**
   * Take over the counts of the original Count, whose tables are in this database: they are moved aside, to the schema
   * `count_original`, and their counts added to ours. There is no way back. Default false: such a database is refused.
   */
  readonly takeOver?: boolean;
  readonly signal?: AbortSignal;
  /** Must not throw. */
  readonly onProgress?: (progress: MigrateProgress) => void;
}

export interface MigrateResult {
  /** Names of the migrations that this call applied, in their order. */
  readonly applied: readonly string[];
  /** How many of this build's migrations were there before, or were applied by another process meanwhile. */
  readonly alreadyApplied: number;
  /** For the database and for other migrators. */
  readonly waitedMs: number;
  /** What was taken over from the original, by this call or before it was interrupted. Undefined: there was nothing to take over. */
  readonly takenOver?: TakenOver;
}

const DEFAULT_WAIT_MS = 60_000;
const DEFAULT_LEASE_MS = 15_000;
const LEAST_LEASE_MS = 300;
/** How often the lease is asked for, in milliseconds, give or take a half. */
const LEASE_POLL_MS = 200;
/** A statement of the migrator's own is short; creating a table takes seconds on CockroachDB. In milliseconds. */
const OWN_STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Brings the schema of a database up to what this build knows. It may run anywhere, any number of times, and at once: each
 * migration is applied once. A schema that is newer stays as it is.
 *
 * On PostgreSQL all pending migrations are one transaction. On CockroachDB each is one statement that may be repeated.
 *
 * @throws CountError `invalid` for an option; `unavailable` when the database is away for too long; `timeout` when another
 *   process migrates for too long; `precondition` when the database refuses, has the tables of the original Count, or
 *   has migrations of another line; `cancelled`
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const { signal, onProgress, takeOver = false } = options;
  const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  const leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  checkNumber("waitMs", waitMs, 0);
  checkNumber("leaseMs", leaseMs, LEAST_LEASE_MS);
  const resolved = resolveDatabaseOptions({
    url: options.url,
    applicationName: "count-migrate",
    maxConnections: 2,
    statementTimeoutMs: OWN_STATEMENT_TIMEOUT_MS,
    ...(signal && { signal }),
  });
  const files = await readMigrations(options.folder);
  const started = performance.now();
  const probe = await waitForDatabase(resolved, {
    waitMs,
    signal,
    onWaiting: (reason, waitedMs) => onProgress?.({ kind: "waiting-for-database", reason, waitedMs }),
  });
  const database = await connectDatabase(resolved);
  const waitedForDatabaseMs = performance.now() - started;
  try {
    const before = await pending(database, files, signal);
    const wanted = await takeOverWanted(database, takeOver, signal);
    if (before.length === 0 && !wanted)
      return { applied: [], alreadyApplied: files.length, waitedMs: waitedForDatabaseMs };
    await ensureMigrationTables(database, signal, { besideOriginal: wanted });
    const leaseStarted = performance.now();
    const lease = await waitForLease(database, { waitMs, leaseMs, signal, onProgress });
    const waitedMs = waitedForDatabaseMs + performance.now() - leaseStarted;
    try {
      const apply = async (): Promise<readonly string[]> => {
        // Whoever had the lease before may have done the work.
        const todo = await pending(database, files, signal);
        if (todo.length > 0) {
          await applyMigrations({ database: resolved, probe, files, lease, retryLimitMs: waitMs, signal, onProgress });
        }
        return todo;
      };
      const work = { database: resolved, lease, retryLimitMs: waitMs, signal, onProgress, apply };
      const { applied, takenOver } = wanted
        ? await takeOverOriginal(work)
        : { applied: await apply(), takenOver: undefined };
      return { applied, alreadyApplied: files.length - applied.length, waitedMs, ...(takenOver && { takenOver }) };
    } finally {
      await lease.release();
    }
  } finally {
    await database.close();
  }
}

/** @throws CountError `precondition` when the database went another way than this build */
async function pending(
  database: PoolDatabase,
  files: readonly MigrationFile[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const known = files.map((file) => file.name);
  const { missing, unknown } = compareMigrations(known, await appliedMigrations(database, signal));
  if (missing.length > 0 && unknown.length > 0) {
    throw new CountError(
      "precondition",
      `the database has migrations that this build does not know (${unknown.join(", ")}) and lacks some that it does ` +
        `(${missing.join(", ")}); migrate with the build that made it`,
    );
  }
  return missing;
}

interface WaitForLease {
  readonly waitMs: number;
  readonly leaseMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: MigrateOptions["onProgress"];
}

async function waitForLease(
  database: PoolDatabase,
  { waitMs, leaseMs, signal, onProgress }: WaitForLease,
): Promise<MigrationLease> {
  const started = performance.now();
  for (;;) {
    const lease = await MigrationLease.tryTake(database, leaseMs, signal);
    if (lease) return lease;
    const waitedMs = performance.now() - started;
    if (waitedMs > waitMs) {
      throw new CountError(
        "timeout",
        `another process migrates this database; waited ${(waitedMs / 1_000).toFixed(1)} s`,
      );
    }
    onProgress?.({ kind: "waiting-for-migrator", waitedMs });
    await sleep(LEASE_POLL_MS * (0.5 + Math.random()), signal);
  }
}

function checkNumber(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new CountError("invalid", `${name} is ${value}; accepted are whole numbers from ${least}`);
}
