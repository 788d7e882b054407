import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@count/server/embedded";
import type { Releases } from "../support/releases.ts";
import { familyOf } from "./family.ts";
import { query, queryOnce } from "./query.ts";

type EmbeddedPostgres = Awaited<ReturnType<typeof startEmbeddedPostgres>>;

/** Where the databases of a soak are: a PostgreSQL of its own, or the server that `TEST_DATABASE_URL` names. */
export interface SoakDatabase {
  readonly isCockroach: boolean;
  /** Makes an empty database. @returns its URL, with the password; it stays right when PostgreSQL is restarted */
  create(): Promise<string>;
  drop(url: string): Promise<void>;
  /** Undefined where it is not the soak's own. */
  readonly own: OwnPostgres | undefined;
}

export interface OwnPostgres {
  /** SIGKILL to all of its processes, then a start on the same folder. */
  killAndRestart(): Promise<void>;
  /** SIGKILL to one backend: PostgreSQL ends all others, and recovers by itself. */
  killBackend(choose: (count: number) => number): Promise<void>;
}

export async function openSoakDatabase(url: string | undefined, releases: Releases): Promise<SoakDatabase> {
  return url === undefined ? OwnDatabase.start(releases) : new GivenDatabase(url, await isCockroach(url));
}

async function isCockroach(url: string): Promise<boolean> {
  const [row] = await query<{ version: string }>(url, "select version() as version");
  return row?.version.includes("CockroachDB") ?? false;
}

class GivenDatabase implements SoakDatabase {
  readonly isCockroach: boolean;
  readonly own: OwnPostgres | undefined = undefined;
  readonly #url: () => string;

  constructor(url: string | (() => string), isCockroach: boolean) {
    this.#url = typeof url === "string" ? () => url : url;
    this.isCockroach = isCockroach;
  }

  async create(): Promise<string> {
    const name = `count_soak_${randomUUID().replaceAll("-", "")}`;
    await query(this.#url(), `create database ${name}`);
    const url = new URL(this.#url());
    url.pathname = `/${name}`;
    return url.href;
  }

  async drop(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1);
    await query(this.#url(), `drop database if exists ${name} ${this.isCockroach ? "cascade" : "with (force)"}`);
  }
}

class OwnDatabase extends GivenDatabase implements OwnPostgres {
  override readonly own = this;
  readonly #dataDir: string;
  #server: EmbeddedPostgres;

  private constructor(dataDir: string, server: EmbeddedPostgres) {
    super(() => this.#server.url, false);
    this.#dataDir = dataDir;
    this.#server = server;
  }

  static async start(releases: Releases): Promise<OwnDatabase> {
    // Not mkdtemp: PostgreSQL does not run as root, and its user has to get in.
    const dataDir = join(tmpdir(), `count-soak-${randomUUID()}`);
    releases.add(() => rm(dataDir, { recursive: true, force: true }));
    const own = new OwnDatabase(dataDir, await startOn(dataDir));
    releases.add(() => own.#server.close());
    return own;
  }

  async killAndRestart(): Promise<void> {
    const postmaster = await this.#postmaster();
    // Backends lead process groups of their own, so the group of the postmaster is not enough.
    const backends = await familyOf(postmaster);
    for (const pid of [postmaster, ...backends]) kill(pid);
    await this.#server.exited;
    await this.#server.close();
    const { url } = this.#server;
    this.#server = await startOn(this.#dataDir);
    if (this.#server.url !== url) throw new Error("PostgreSQL did not get its port again; run the soak again");
  }

  async killBackend(choose: (count: number) => number): Promise<void> {
    const rows = await queryOnce<{ pid: number }>(
      this.#server.url,
      "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid",
    );
    const victim = rows[choose(rows.length)];
    if (victim !== undefined) kill(victim.pid);
  }

  async #postmaster(): Promise<number> {
    const [row] = await query<{ pid: string }>(
      this.#server.url,
      "select split_part(pg_read_file('postmaster.pid'), chr(10), 1) as pid",
    );
    return Number(row?.pid);
  }
}

function startOn(dataDir: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, log: () => undefined, extraSettings: { max_connections: "200" } });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
