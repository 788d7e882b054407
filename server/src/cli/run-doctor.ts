import type { DatabaseConfig } from "../config/config.ts";
import { migrateConfig, serveConfig } from "../config/config.ts";
import type { Flags } from "../config/read-settings.ts";
import { type DatabaseToCheck, diagnose, type Patient } from "../doctor/diagnose.ts";
import type { Finding } from "../doctor/finding.ts";
import { defaultDataDir } from "../embedded/data-folder.ts";
import { lastEmbeddedUrl } from "../embedded/last-url.ts";
import type { ClientOptions } from "./client-options.ts";
import { withConnection } from "./connection.ts";
import type { Io } from "./io.ts";

export interface DoctorOptions extends Omit<ClientOptions, "server"> {
  readonly server?: string;
  /** Folder of an agent's queue. */
  readonly queueDir?: string;
}

/** Looks at what `count serve` would use with these flags and this environment, and at a server if one is named. */
export async function runDoctor(flags: Flags, options: DoctorOptions, io: Io, signal: AbortSignal): Promise<Finding[]> {
  const config = attempt(() => serveConfig(flags, io.env));
  // A server's settings may be wrong while its database can be looked at.
  const settings = "config" in config ? config : attempt(() => migrateConfig(flags, io.env));
  const database = "config" in settings ? await databaseToCheck(settings.config.database) : undefined;
  const limits = { limitMs: options.timeout * 1_000, signal, now: io.now };
  const { server, queueDir: queueFolder } = options;
  const embeddedFolder =
    "config" in settings && settings.config.database.url === undefined
      ? (settings.config.database.dataDir ?? defaultDataDir())
      : undefined;
  const withServer = (target: Patient["server"]) =>
    diagnose({ config, database, embeddedFolder, queueFolder, server: target }, limits);
  if (server === undefined) return withServer(undefined);
  return withConnection({ ...options, server }, ({ client, explain }) =>
    withServer({ server, client, explain, tls: options.tls === true }),
  );
}

function attempt<Config>(read: () => Config): { readonly config: Config } | { readonly error: unknown } {
  try {
    return { config: read() };
  } catch (error) {
    return { error };
  }
}

/** A doctor starts nothing: the embedded PostgreSQL is looked at while a server runs it. */
async function databaseToCheck({ url, dataDir }: DatabaseConfig): Promise<DatabaseToCheck> {
  if (url !== undefined) return { url };
  const folder = dataDir ?? defaultDataDir();
  const last = await lastEmbeddedUrl(folder);
  if ("url" in last) return last;
  const next = "Set DB_URL to the database that holds the counts, or start `count serve`, which runs its own there.";
  return last.absent === "no database"
    ? { absent: `DB_URL is not set, and ${folder} holds no embedded PostgreSQL`, next }
    : { absent: `DB_URL is not set, and the embedded PostgreSQL in ${folder} does not run`, next };
}
