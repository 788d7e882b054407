import pg from "pg";
import { cancelled } from "./backoff.ts";
import { type ConnectionSettings, connectionConfig } from "./connection-config.ts";
import type { Database } from "./database.ts";

export interface ServerProbe {
  readonly dialect: Database["dialect"];
  /** What `select version()` says. */
  readonly version: string;
  /** Parameters that each session should be opened with. */
  readonly session: Readonly<Record<string, string>>;
}

/** How soon a server notices that the client of a running statement has gone, in milliseconds. */
const CLIENT_CHECK_INTERVAL_MS = 2_000;

/** CockroachDB lets one connect to a database that does not exist; the first look into its catalog says 3D000. */
const TOUCH_CATALOG = "select 1 from pg_catalog.pg_namespace limit 1";

/** The whole probe may take so many times what connecting may. */
const PROBE_LIMIT_CONNECTS = 2;

/**
 * Connects once and asks the server what it is: neither the URL's scheme nor the port says so.
 *
 * PostgreSQL goes on with a statement after its client went away, which keeps the locks of a migrator that was killed and
 * the work for a reader that gave up, unless `client_connection_check_interval` is set. CockroachDB cancels by itself, and
 * PostgreSQL on some systems refuses the setting, so it is tried here.
 *
 * Its statements have no limit but that of the whole: the one of the caller is meant for statements of another kind.
 *
 * @throws what node-postgres throws; CountError `cancelled`
 */
export async function probeServer(settings: ConnectionSettings, signal?: AbortSignal): Promise<ServerProbe> {
  if (signal?.aborted) throw cancelled(signal);
  const client = new pg.Client(connectionConfig({ ...settings, statementTimeoutMs: 0 }));
  // An error between two queries would otherwise end the process; the next query reports it.
  client.on("error", () => undefined);
  // Not end(): that waits for the server's goodbye, which a server that fell silent never says.
  const stop = (): void => void client.connection.stream.destroy();
  const limit = setTimeout(stop, PROBE_LIMIT_CONNECTS * settings.connectTimeoutMs);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select version()");
    const version = rows[0]?.version ?? "";
    if (/^CockroachDB/i.test(version)) {
      await client.query(TOUCH_CATALOG);
      return { dialect: "cockroachdb", version, session: {} };
    }
    const checks = await client.query(`set client_connection_check_interval = ${CLIENT_CHECK_INTERVAL_MS}`).then(
      () => true,
      () => false,
    );
    const session = checks ? { client_connection_check_interval: String(CLIENT_CHECK_INTERVAL_MS) } : {};
    return { dialect: "postgres", version, session: Object.freeze(session) };
  } catch (error) {
    throw signal?.aborted ? cancelled(signal) : error;
  } finally {
    await client.end().catch(() => undefined);
    signal?.removeEventListener("abort", stop);
    clearTimeout(limit);
  }
}
