import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import { connectionConfig } from "../../src/db/connection-config.ts";
import type { DatabaseOptions } from "../../src/db/database-options.ts";
import { migrate } from "../../src/db/migrate.ts";
import { readMigrations } from "../../src/db/migration-source.ts";
import { connectDatabase, type PoolDatabase } from "../../src/db/pool-database.ts";
import { probeServer, type ServerProbe } from "../../src/db/server-probe.ts";

export interface TestDatabaseOptions {
  /** Default true. Without it the database is empty: it has no schema `count`. */
  readonly migrated?: boolean;
}

export interface TestDatabaseUrl {
  /** Of a database that nobody else uses, as a role that may do everything. */
  readonly url: string;
  readonly dialect: ServerProbe["dialect"];
  /** Runs one statement on a connection of the test's own: bigint comes back as bigint, date as text. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Drops the database. Idempotent. Fails if something is still connected to it, after giving it a moment. */
  close(): Promise<void>;
}

export interface TestDatabase extends TestDatabaseUrl {
  /** Closed by `close`. */
  readonly database: PoolDatabase;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** How long what was closed by a test may take to be gone from the server's list, in milliseconds. */
const LEAK_LIMIT_MS = 3_000;
const LEAK_POLL_MS = 20;
/** Any number that all runs of this suite share. */
const TEMPLATE_LOCK = 7_777;

let probing: Promise<ServerProbe> | undefined;
let templating: Promise<string> | undefined;

/** A private database that is migrated and connected. Whoever asked for it closes it. */
export async function testDatabase(
  options: TestDatabaseOptions & Omit<DatabaseOptions, "url"> = {},
): Promise<TestDatabase> {
  const { migrated, ...databaseOptions } = options;
  const own = await testDatabaseUrl(migrated === undefined ? {} : { migrated });
  const database = await connectDatabase({ ...databaseOptions, url: own.url }).catch(async (error: unknown) => {
    await own.close();
    throw error;
  });
  return {
    ...own,
    database,
    close: async () => {
      await database.close();
      await own.close();
    },
  };
}

/** The same without a connection, for a test that starts processes or connects by itself. */
export async function testDatabaseUrl({ migrated = true }: TestDatabaseOptions = {}): Promise<TestDatabaseUrl> {
  const dialect = await serverDialect();
  const name = `count_test_${randomUUID().replaceAll("-", "")}`;
  const url = urlOf(name);
  if (dialect === "cockroachdb" || !migrated) {
    await admin((client) => client.query(`create database ${name}`));
    if (migrated) await migrate({ url });
  } else {
    templating ??= makeTemplate();
    const template = await templating;
    await admin((client) => client.query(`create database ${name} template ${template}`));
  }
  const pool = new pg.Pool({ ...connectionConfig(settings(url)), max: 2 });
  // A test may terminate every connection of its database.
  pool.on("error", () => undefined);
  let closing: Promise<void> | undefined;
  return {
    url,
    dialect,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    close: () => {
      closing ??= pool.end().then(() => drop(name, dialect));
      return closing;
    },
  };
}

/** What the database tests run on, for the tests of what only one of them has. */
export async function serverDialect(): Promise<ServerProbe["dialect"]> {
  probing ??= probeServer(settings(adminUrl()));
  return (await probing).dialect;
}

/** The server that the database tests run on: any role that may create databases. */
export function adminUrl(): string {
  // Set but empty is not set, as for the global setup.
  const url = process.env["TEST_DATABASE_URL"] || process.env["COUNT_TEST_EMBEDDED_URL"];
  if (url) return url;
  throw new Error("neither TEST_DATABASE_URL nor COUNT_TEST_EMBEDDED_URL is set; jest's global setup sets the second");
}

/**
 * A migrated database to clone, which takes 50 ms instead of the time of all migrations. Its name says which migrations it
 * has. Two workers make it once: it gets its name when it is complete, so that one that was killed leaves nothing half done.
 */
async function makeTemplate(): Promise<string> {
  const files = await readMigrations();
  const hash = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
  const template = `count_template_${hash}`;
  await admin(async (client) => {
    await client.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [template]);
    if (rowCount) return;
    const unfinished = `${template}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    await migrate({ url: urlOf(unfinished) });
    await client.query(`alter database ${unfinished} rename to ${template}`);
  });
  return template;
}

async function drop(name: string, dialect: ServerProbe["dialect"]): Promise<void> {
  await admin(async (client) => {
    if (dialect === "cockroachdb") {
      // Its list of sessions does not say which database they use.
      await client.query(`drop database if exists ${name} cascade`);
      return;
    }
    const left = await waitForNobody(client, name);
    await client.query(`drop database if exists ${name} with (force)`);
    if (left.length > 0) throw new Error(`the test left ${left.length} connections open: ${left.join("; ")}`);
  });
}

/** What is still connected at the end of the wait. */
async function waitForNobody(client: pg.Client, name: string): Promise<string[]> {
  const until = performance.now() + LEAK_LIMIT_MS;
  for (;;) {
    const { rows } = await client.query<{ session: string }>(
      `select application_name || ', ' || coalesce(state, '?') || ', ' || query as session from pg_stat_activity
       where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || performance.now() > until) return rows.map((row) => row.session);
    await new Promise((resolve) => setTimeout(resolve, LEAK_POLL_MS));
  }
}

async function admin<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionConfig(settings(adminUrl())));
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function settings(url: string): Parameters<typeof connectionConfig>[0] {
  return { url, connectTimeoutMs: CONNECT_TIMEOUT_MS, applicationName: "count-test", statementTimeoutMs: 0 };
}

function urlOf(name: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  return url.href;
}
