import type { MigrateConfig } from "../config/config.ts";
import { type MigrateResult, migrate } from "../db/migrate.ts";
import type { MigrateProgress } from "../db/migrate-progress.ts";
import { defaultDataDir } from "../embedded/data-folder.ts";
import { startEmbeddedPostgres } from "../embedded/embedded-postgres.ts";

/** Migrates the configured database, or else the embedded one, which runs only for that. @throws CountError */
export async function migrateDatabase(
  { database, migrateWaitMs }: MigrateConfig,
  takeOver: boolean,
  signal: AbortSignal,
  onProgress: (progress: MigrateProgress) => void,
): Promise<MigrateResult> {
  const options = { waitMs: migrateWaitMs, takeOver, signal, onProgress };
  if (database.url !== undefined) return migrate({ url: database.url, ...options });
  const dataDir = database.dataDir ?? defaultDataDir();
  const embedded = await startEmbeddedPostgres({ dataDir, log: () => undefined, signal });
  try {
    return await migrate({ url: embedded.url, ...options });
  } finally {
    await embedded.close();
  }
}
