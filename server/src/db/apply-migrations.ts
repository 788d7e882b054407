import knex, { type Knex } from "knex";
import { CountError } from "../domain/count-error.ts";
import { cancelled } from "./backoff.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { ResolvedDatabaseOptions } from "./database-options.ts";
import type { MigrateProgress } from "./migrate-progress.ts";
import type { MigrationLease } from "./migration-lease.ts";
import { knexSource, type MigrationFile } from "./migration-source.ts";
import { retry, TryFailed } from "./retry.ts";
import type { ServerProbe } from "./server-probe.ts";
import { explainDatabaseError } from "./sqlstate.ts";

export interface ApplyMigrations {
  readonly database: ResolvedDatabaseOptions;
  readonly probe: ServerProbe;
  readonly files: readonly MigrationFile[];
  /** Held by the caller. */
  readonly lease: MigrationLease;
  /** For how long it is tried again, in ms, when connections are lost. */
  readonly retryLimitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: MigrateProgress) => void) | undefined;
}

/** How long closing its connections may take, in milliseconds. */
const CLOSE_LIMIT_MS = 5_000;
/** One for the transaction, one for what knex asks beside it. */
const CONNECTIONS = 2;

const SILENT: Knex.Logger = {
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
  deprecate: () => undefined,
};

/**
 * Applies what is pending, as the holder of the lease. When the lease is lost or the signal aborted, the connections are cut:
 * PostgreSQL rolls back, and CockroachDB has done some statements, each of which may be repeated.
 *
 * @throws CountError
 */
export async function applyMigrations(options: ApplyMigrations): Promise<void> {
  const { database, probe, lease, signal, retryLimitMs } = options;
  const stop = signal ? AbortSignal.any([signal, lease.lost]) : lease.lost;
  const connections = new ConnectionPool({
    ...database,
    // An index of a large table takes what it takes; the lease is extended meanwhile.
    statementTimeoutMs: 0,
    session: probe.session,
    maxConnections: CONNECTIONS,
    maxLifetimeSeconds: 0,
  });
  const cut = (): void => void connections.close(0);
  stop.addEventListener("abort", cut, { once: true });
  try {
    await retry("migrate", { retryLimitMs }, stop, () => tryOnce(options, connections, stop));
  } finally {
    stop.removeEventListener("abort", cut);
    await connections.close(CLOSE_LIMIT_MS);
  }
}

async function tryOnce(
  { probe, files, lease, onProgress }: ApplyMigrations,
  connections: ConnectionPool,
  stop: AbortSignal,
): Promise<void> {
  const transactional = probe.dialect === "postgres";
  const current: { file?: MigrationFile } = {};
  const builder = knex({
    client: transactional ? "pg" : "cockroachdb",
    connectionPool: connections.pool,
    log: SILENT,
  });
  const config: Knex.MigratorConfigWithLifecycleHooks = {
    migrationSource: knexSource(files),
    schemaName: "count",
    tableName: "migrations",
    // A database that is newer than this build is no fault; migrate() has compared the names.
    disableMigrationsListValidation: true,
    // CockroachDB cannot roll definitions back reliably (knex#2002).
    disableTransactions: !transactional,
    beforeEach: async (transaction, [file]) => {
      await checkLease(transaction, lease, "");
      current.file = file as MigrationFile;
      onProgress?.({ kind: "applying", name: current.file.name });
    },
    // The lock keeps the next holder waiting until this transaction has ended, so it cannot commit without the lease.
    afterAll: (transaction) => (transactional ? checkLease(transaction, lease, "for update") : Promise.resolve()),
  };
  try {
    // knex's own lock outlives a process that was killed (knex#3538). Only the holder of the lease may say that it is stale.
    await builder.migrate.forceFreeMigrationsLock(config);
    await builder.migrate.latest(config);
  } catch (error) {
    if (stop.aborted) throw cancelled(stop);
    throw error instanceof CountError ? error : explain(error, current.file);
  } finally {
    await builder.destroy();
  }
}

async function checkLease(transaction: Knex, lease: MigrationLease, lock: "" | "for update"): Promise<void> {
  const { rows } = await transaction.raw<{ rows: unknown[] }>(
    `select fence from count.migration_lease where id = 1 and holder = ? and fence = ? and expires_at > clock_timestamp() ${lock}`,
    [lease.holder, String(lease.fence)],
  );
  if (rows.length === 0) throw new CountError("unavailable", "the migration lease was lost to another process");
}

interface KnexError extends Error {
  readonly code?: string;
  readonly table?: string;
}

/** What knex threw, as something to try again, or as what is wrong with a migration. */
function explain(thrown: unknown, current: MigrationFile | undefined): TryFailed | CountError {
  const error = thrown as KnexError;
  // A migrator that lost the lease without noticing got in between: its lock, or its entry for the same migration.
  const raced = error.name === "MigrationLocked" || (error.code === "23505" && error.table === "migrations");
  const failure = explainDatabaseError(error);
  if (raced) return new TryFailed({ code: "40001", message: error.message }, false);
  if (failure.retry !== "no") return new TryFailed(error, false);
  if (!current) return new CountError(failure.code, `migrate: ${failure.message}`, error);
  // knex puts the statement before the server's words.
  const said = error.message.replace(`${current.sql} - `, () => "");
  return new CountError(failure.code, `migration ${current.name} failed: ${said}`, error);
}
