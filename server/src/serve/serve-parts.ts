import type { Statement } from "../db/database.ts";
import { migrate } from "../db/migrate.ts";
import { connectDatabase, type PoolDatabase } from "../db/pool-database.ts";
import { schemaState } from "../db/schema-version.ts";
import { CountError } from "../domain/count-error.ts";
import { defaultDataDir } from "../embedded/data-folder.ts";
import { startEmbeddedPostgres } from "../embedded/embedded-postgres.ts";
import type { Metrics } from "../observability/metrics.ts";
import { aroundStatement } from "../tracing/around.ts";
import type { Span } from "../tracing/tracing.ts";
import { openCount } from "./open-count.ts";
import type { ServeParts } from "./parts.ts";

/** Tells the metrics how long a statement took, and how it failed. */
async function timed<Result>(metrics: Metrics, { name }: Statement, run: () => Promise<Result>): Promise<Result> {
  const begun = performance.now();
  const tell = (code?: string) => metrics.database.ran(name, (performance.now() - begun) / 1_000, code);
  try {
    const result = await run();
    tell();
    return result;
  } catch (error) {
    tell(CountError.from(error).code);
    throw error;
  }
}

/** The real parts of `count serve`. */
export const serveParts: ServeParts<PoolDatabase> = {
  startEmbedded: ({ config, logger, signal }) =>
    startEmbeddedPostgres({
      dataDir: config.database.dataDir ?? defaultDataDir(),
      log: (line) => logger.debug({ line }, "PostgreSQL"),
      signal,
    }),
  connect: (url, closeLimitMs, { config, logger, metrics, tracing, signal }, onRetry) =>
    connectDatabase({
      url,
      // One more connection is for the ping.
      maxConnections: config.database.poolSize - 1,
      retryLimitMs: config.database.retryLimitMs,
      closeLimitMs,
      signal,
      onRetry: ({ statement, tries, message, delayMs }) => {
        if (statement === "connect") onRetry(message);
        else metrics.database.retried(statement);
        logger.debug({ statement, tries, reason: message, delayMs }, "trying again");
      },
      around: (statement, run) => {
        const time = () => timed(metrics, statement, run);
        return tracing === undefined ? time() : aroundStatement(tracing, statement, time);
      },
      onIdleError: ({ message }) => logger.debug({ reason: message }, "an idle connection to the database broke"),
    }),
  async migrate(url, { config, logger, tracing, signal }) {
    const run = (span?: Span) =>
      migrate({
        url,
        waitMs: config.migrateWaitMs,
        signal,
        onProgress: (progress) => {
          if (progress.kind !== "applying") return;
          logger.info({ migration: progress.name }, "migrating");
          span?.event("migration", { "count.migration": progress.name });
        },
      });
    const { applied } = await (tracing === undefined ? run() : tracing.span("migrate", { within: "root" }, run));
    if (applied.length > 0) logger.info({ applied }, "migrated");
  },
  async schemaState(database, { metrics, signal }) {
    const { state, missing } = await schemaState(database, { signal });
    metrics.database.missingMigrations(missing.length);
    if (state !== "behind") return { usable: true };
    return { usable: false, reason: `the schema lacks ${missing.join(", ")}: run \`count migrate\`` };
  },
  openCount,
};
