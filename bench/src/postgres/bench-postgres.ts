import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@count/server/embedded";
import pg from "pg";
import { parentOf } from "../run/proc.ts";
import type { Releases } from "../run/releases.ts";

/** The one PostgreSQL of a run. Each candidate has a database of its own in it. */
export interface BenchPostgres {
  /** Of the postmaster; undefined where the system does not tell. */
  readonly pid: number | undefined;
  readonly version: string;
  /** Makes an empty database. @returns its URL, with the password */
  createDatabase(name: string): Promise<string>;
  /** Writes everything out, so that what a run before left behind does not fall on the next. */
  checkpoint(): Promise<void>;
  /** Bytes of the write-ahead log so far. */
  walBytes(): Promise<number>;
}

/**
 * Durable as in production (fsync on). Two settings keep one candidate's work out of another's figures: no checkpoint falls
 * into a run by itself, and nothing is vacuumed in the background, which spares the baseline the vacuum of a million deleted
 * rows, and Count next to nothing.
 */
const SETTINGS = { max_wal_size: "8GB", checkpoint_timeout: "1h", autovacuum: "off" };

export async function startBenchPostgres(releases: Releases, signal: AbortSignal): Promise<BenchPostgres> {
  // Not mkdtemp: PostgreSQL does not run as root, and its user has to get in.
  const dataDir = join(tmpdir(), `count-bench-${randomUUID()}`);
  releases.add(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined, extraSettings: SETTINGS, signal });
  releases.add(() => server.close());
  const admin = await connect(server.url, releases);
  const { rows } = await admin.query<{ pid: number }>("select pg_backend_pid() as pid");
  return {
    pid: await parentOf(rows[0]!.pid),
    version: server.version,
    async createDatabase(name) {
      await admin.query(`create database ${pg.escapeIdentifier(name)}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async checkpoint() {
      await admin.query("checkpoint");
    },
    async walBytes() {
      const result = await admin.query<{ bytes: string }>("select (pg_current_wal_insert_lsn() - '0/0') as bytes");
      return Number(result.rows[0]!.bytes);
    },
  };
}

/** A connection that lives as long as the run. */
export async function connect(url: string, releases: Releases): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // PostgreSQL says 57P01 to connections that are open when it stops.
  client.on("error", () => undefined);
  await client.connect();
  releases.add(() => client.end());
  return client;
}
