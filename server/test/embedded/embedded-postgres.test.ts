import { spawn } from "node:child_process";
import { chown, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "../../src/embedded/embedded-postgres.ts";
import { startPostmaster } from "../../src/embedded/postmaster.ts";
import { chooseRunAs } from "../../src/embedded/run-as.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { postmasterPid, query } from "./holding.ts";

let base: string;
let dataDir: string;
let number = 0;
let log: string[] = [];
beforeAll(async () => {
  base = await temporaryFolder("count-embedded-");
});
beforeEach(() => {
  number += 1;
  dataDir = join(base, `${number} 'of several'`, "data");
  log = [];
});
afterAll(() => rm(base, { recursive: true, force: true }));

function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const line = (text: string): void => void log.push(text);
  return startEmbeddedPostgres({ dataDir, log: line, extraSettings: { fsync: "off" }, ...options });
}

async function refusal(options: Partial<EmbeddedPostgresOptions> = {}): Promise<{ code: string; message: string }> {
  const error = await start(options).then(
    async (started) => {
      await started.close();
      throw new Error("it started");
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof CountError)) throw error;
  return { code: error.code, message: error.message };
}

describe("An embedded PostgreSQL", () => {
  test("is one of UTF-8 text sorted by code point, with checksums, durable, and in UTC", async () => {
    await using server = await start({ extraSettings: {} });
    const names = [
      "data_checksums",
      "fsync",
      "synchronous_commit",
      "TimeZone",
      "listen_addresses",
      "unix_socket_directories",
    ];
    const settings = names.map((name) => `current_setting('${name}') as "${name}"`).join(", ");
    expect(await query(server.url, `select ${settings}`)).toEqual([
      {
        data_checksums: "on",
        fsync: "on",
        synchronous_commit: "on",
        TimeZone: "UTC",
        listen_addresses: "127.0.0.1",
        unix_socket_directories: "",
      },
    ]);
    const locale =
      "select datname, pg_encoding_to_char(encoding) as encoding, datlocale from pg_database where datname = 'count'";
    expect(await query(server.url, locale)).toEqual([{ datname: "count", encoding: "UTF8", datlocale: "C.UTF-8" }]);
    expect(await query(server.url, "select upper('é') as upper, 'Z' < 'a' as by_code_point")).toEqual([
      { upper: "É", by_code_point: true },
    ]);
  });

  test("lets nobody in without its password", async () => {
    await using server = await start();
    const url = new URL(server.url);
    expect(url.password).toMatch(/^[0-9a-f]{32}$/);
    url.password = "guessed";
    await expect(query(url.href, "select 1")).rejects.toThrow('password authentication failed for user "count"');
  });

  test("gets a new password when the file that keeps it is lost", async () => {
    const first = await start();
    await query(first.url, "create table kept as select 44 as n");
    await first.close();
    await rm(join(dataDir, "password"));
    await using second = await start();
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
    expect(log).toContain(`the password of the database in ${dataDir} is lost: setting a new one`);
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 44 }]);
  });

  test("closes once however often it is asked to, and says how it ended", async () => {
    const server = await start();
    const closing = server.close();
    expect(server.close()).toBe(closing);
    await closing;
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(log.at(-1)).toBe("LOG:  database system is shut down");
    expect((await readdir(dataDir)).filter((name) => name.startsWith("owner."))).toEqual([]);
  });

  test("tells when it ends unasked", async () => {
    await using server = await start();
    process.kill(await postmasterPid(dataDir), "SIGKILL");
    expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("takes the next free port when the one asked for is in use", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as AddressInfo;
    try {
      await using server = await start({ port });
      const got = Number(new URL(server.url).port);
      expect(got).toBeGreaterThan(port);
      expect(got).toBeLessThan(port + 20);
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  test("takes any port when the one of last time is in use", async () => {
    const first = await start();
    await first.close();
    const port = Number(new URL(first.url).port);
    expect(await readFile(join(dataDir, "port"), "utf8")).toBe(`${port}\n`);
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(port, "127.0.0.1", resolve));
    try {
      await using second = await start();
      expect(Number(new URL(second.url).port)).not.toBe(port);
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  test("starts although postmaster.pid names a process that has nothing to do with it", async () => {
    const first = await start();
    await first.close();
    const runAs = await chooseRunAs(join(dataDir, "postgres"));
    const stranger = spawn(
      "sleep",
      ["600"],
      runAs.switched ? { uid: runAs.uid, gid: runAs.gid, cwd: "/" } : { cwd: "/" },
    );
    try {
      const text = `${stranger.pid ?? 0}\n${join(dataDir, "postgres")}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n`;
      await writeFile(join(dataDir, "postgres", "postmaster.pid"), text);
      await using second = await start();
      expect(second.url).toBe(first.url);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });
});

describe("Starting an embedded PostgreSQL is refused", () => {
  test("on a folder that this process uses already", async () => {
    await using server = await start();
    expect(await refusal()).toEqual({
      code: "precondition",
      message: `the data folder ${server.dataDir} is already in use by this process`,
    });
  });

  test("when the data folder is a file", async () => {
    await mkdir(join(dataDir, ".."));
    await writeFile(dataDir, "not a folder");
    expect(await refusal()).toEqual({
      code: "precondition",
      message: `the data folder ${dataDir} cannot be used: it, or what it lies in, is a file; choose another one`,
    });
  });

  test("on a folder that holds something else", async () => {
    await mkdir(join(dataDir, "postgres"), { recursive: true });
    await writeFile(join(dataDir, "postgres", "notes.txt"), "mine");
    const { uid, gid } = await chooseRunAs(join(dataDir, "none"));
    await chown(join(dataDir, "postgres"), uid, gid);
    expect(await refusal()).toEqual({
      code: "precondition",
      message:
        `${dataDir}/postgres is not a database of PostgreSQL (it has no file PG_VERSION): ` +
        "move it away, or choose another data folder",
    });
    expect(await readFile(join(dataDir, "postgres", "notes.txt"), "utf8")).toBe("mine");
  });

  test("on the data of another major version", async () => {
    await (await start()).close();
    await writeFile(join(dataDir, "postgres", "PG_VERSION"), "15\n");
    expect(await refusal()).toEqual({
      code: "precondition",
      message:
        `the database in ${dataDir}/postgres was made by PostgreSQL 15, and the embedded one is PostgreSQL 18: upgrade it with ` +
        "pg_upgrade or pg_dump, run it with a PostgreSQL 15 of yours and set DB_URL, or choose another data folder",
    });
  });

  test("with the last lines of PostgreSQL's log when it does not start", async () => {
    expect(await refusal({ extraSettings: { fsync: "off", shared_buffers: "many" } })).toEqual({
      code: "precondition",
      message:
        `the embedded PostgreSQL in ${dataDir}/postgres does not start; it said last:\n` +
        'FATAL:  invalid value for parameter "shared_buffers": "many"',
    });
    await using server = await start();
    expect(server.recovered).toBe(false);
  });

  test("when the program cannot be run", async () => {
    const runAs = await chooseRunAs(join(dataDir, "postgres"));
    const log = (): void => undefined;
    await expect(
      startPostmaster({ postgres: "/none/postgres", runAs, pgData: dataDir, port: 1, settings: {}, log }),
    ).rejects.toThrow(
      "/none/postgres cannot be run: it, or the loader of the C library that it needs (glibc; Alpine has musl), does not exist; " +
        "set DB_URL to use a PostgreSQL of yours",
    );
  });

  test("when it is cancelled, at any moment, and leaves nothing running nor claimed", async () => {
    expect((await refusal({ signal: AbortSignal.abort() })).code).toBe("cancelled");
    for (const limitMs of [1, 100, 300, 600]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), limitMs);
      const outcome = await start({ signal: controller.signal }).catch((error: unknown) => error);
      if (outcome instanceof CountError) expect(outcome.code).toBe("cancelled");
      else await (outcome as EmbeddedPostgres).close();
      expect((await readdir(dataDir)).filter((name) => /^(owner|initdb)\./.test(name))).toEqual([]);
    }
    await using server = await start();
    expect(await query(server.url, "select 1 as n")).toEqual([{ n: 1 }]);
  });
});
