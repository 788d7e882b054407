import { migrate } from "../db/migrate.ts";
import { connectDatabase, type PoolDatabase } from "../db/pool-database.ts";
import { schemaState } from "../db/schema-version.ts";
import { defaultDataDir } from "../embedded/data-folder.ts";
import { startEmbeddedPostgres } from "../embedded/embedded-postgres.ts";
import { openCount } from "./open-count.ts";
import type { ServeParts } from "./parts.ts";

/** The real parts of `count serve`. */
export const serveParts: ServeParts<PoolDatabase> = {
  startEmbedded: ({ config, logger, signal }) =>
    startEmbeddedPostgres({
      dataDir: config.database.dataDir ?? defaultDataDir(),
      log: (line) => logger.debug({ line }, "PostgreSQL"),
      signal,
    }),
  connect: (url, closeLimitMs, { config, logger, metrics, signal }, onRetry) =>
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
      onIdleError: ({ message }) => logger.debug({ reason: message }, "an idle connection to the database broke"),
    }),
  async migrate(url, { config, logger, signal }) {
    const { applied } = await migrate({
      url,
      waitMs: config.migrateWaitMs,
      signal,
      onProgress: (progress) => {
        if (progress.kind === "applying") logger.info({ migration: progress.name }, "migrating");
      },
    });
    if (applied.length > 0) logger.info({ applied }, "migrated");
  },
  async schemaState(database, signal) {
    const { state, missing } = await schemaState(database, { signal });
    if (state !== "behind") return { usable: true };
    return { usable: false, reason: `the schema lacks ${missing.join(", ")}: run \`count migrate\`` };
  },
  openCount,
};
