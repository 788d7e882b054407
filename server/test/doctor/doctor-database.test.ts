import { once } from "node:events";
import { chown, readFile, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { checkVersion } from "../../src/doctor/check-connection.ts";
import { FINDINGS } from "../../src/doctor/finding.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";
import { Certificates } from "./certificates.ts";
import { DoctorServer } from "./doctor-server.ts";
import { type Diagnosis, runDoctor } from "./run-doctor.ts";

let server: DoctorServer;
let db: TestDatabaseUrl;
beforeAll(async () => {
  server = await DoctorServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  db = await testDatabaseUrl();
});
afterEach(() => db.close());

const doctor = (url = db.url, ...args: readonly string[]) => runDoctor({ DB_URL: url }, ...args);

/** Changes a setting of the whole server for as long as `use` takes. */
async function withSystemSetting(setting: string, value: string, use: () => Promise<void>): Promise<void> {
  const until = async (is: (now: string | undefined) => boolean) => {
    await db.query("select pg_reload_conf()");
    // The postmaster reads its files when it gets to it; a new connection has what it has read.
    for (;;) {
      const fresh = await testDatabaseUrl({ migrated: false });
      const [row] = await fresh.query<{ now: string }>("select current_setting($1) as now", [setting]);
      await fresh.close();
      if (is(row?.now)) return;
    }
  };
  await db.query(`alter system set ${setting} = ${value}`);
  await until((now) => now === value);
  try {
    await use();
  } finally {
    await db.query(`alter system reset ${setting}`);
    await until((now) => now !== value);
  }
}

test("A database that is as it should be has nothing wrong, and the exit code is 0", async () => {
  const { stdout, code } = await runCount(["doctor"], { env: { DB_URL: db.url } });
  const url = new URL(db.url);
  url.password = "***";
  expect(stdout.replace(/PostgreSQL \d+\.\d+/, "PostgreSQL 18.4").replace(/ +/g, " ")).toBe(
    [
      "ok configuration.settings every setting can be used",
      `ok database.connection ${url.href} answers`,
      "ok database.version PostgreSQL 18.4",
      "ok database.tls no TLS, on this machine only",
      "ok database.durability a commit is on disk before it is answered",
      "ok database.writable it can be written to",
      "ok schema.tables no table of another program's",
      "ok schema.migrations current",
      "ok clock.offset this machine's clock and the database's differ by less than 1 s",
      "ok permissions.serve the role count may serve",
      "ok permissions.rollup the role count may roll up, which its server does",
      "ok permissions.migrate the role count may migrate",
      "ok rollup.lag nothing is pending of a closed day; 0 rows pending of today",
      "ok rollup.retention nothing is older than it is kept: 15-minute counts for 35 days, daily totals for ever",
      "skipped server.health not looked at: name a server with --server or COUNT_SERVER",
      "",
      "Nothing is wrong.",
      "",
    ].join("\n"),
  );
  expect(code).toBe(0);
});

describe("a database that cannot be used", () => {
  test("that nobody listens at is wrong, and everything that needs it is skipped", async () => {
    const url = "postgresql://count:hunter2@127.0.0.1:1/counts";
    const found = await doctor(url);
    expect(found.find("database.connection")).toEqual({
      id: "database.connection",
      state: "wrong",
      says: "postgresql://count:***@127.0.0.1:1/counts: the database cannot be reached: connect ECONNREFUSED 127.0.0.1:1",
      next: "Start the database, or correct host and port in DB_URL.",
    });
    expect({ code: found.code, ok: found.ok, wrong: found.wrong, warnings: found.warnings }).toEqual({
      code: 6,
      ok: false,
      wrong: 1,
      warnings: 0,
    });
    expect(found.ids("skipped")).toEqual([
      ...FINDINGS.filter(
        (id) =>
          /^(database|schema|clock|permissions|rollup)/.test(id) &&
          !["database.connection", "database.disk"].includes(id),
      ),
      "server.health",
    ]);
  });

  test("that refuses the password is wrong, and no secret is printed, in either form", async () => {
    const url = new URL(db.url);
    url.password = "hunter2";
    url.searchParams.set("sslpassword", "hunter3");
    const found = await doctor(url.href);
    expect(found.find("database.connection")).toMatchObject({
      state: "wrong",
      says: expect.stringContaining('password authentication failed for user "count"'),
      next: "Correct user and password in DB_URL, or set the role's password: alter role … password '…'.",
    });
    expect(JSON.stringify(found)).not.toMatch(/hunter/);
    const { stdout, stderr } = await runCount(["doctor", "--db-url", url.href]);
    expect(stdout + stderr).not.toMatch(/hunter/);
  });

  test("that does not exist is wrong", async () => {
    const found = await doctor(`${db.url}_none`);
    expect(found.find("database.connection")).toMatchObject({
      state: "wrong",
      says: expect.stringMatching(/: database "count_test_\w+_none" does not exist$/),
      next: "Create the database, or correct its name at the end of DB_URL.",
    });
  });

  test("that takes connections and never answers is given up on", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const sockets = new Set<{ destroy: () => unknown }>();
    silent.on("connection", (socket) => sockets.add(socket));
    const { port } = silent.address() as AddressInfo;
    const found = await doctor(`postgres://count@127.0.0.1:${port}/counts`, "--timeout", "0.5");
    expect(found.find("database.connection")).toMatchObject({ state: "wrong" });
    expect(found.code).toBe(6);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("that is too old is wrong", () => {
    expect(checkVersion("postgres", "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64")).toEqual({
      id: "database.version",
      state: "ok",
      says: "PostgreSQL 15.18",
    });
    expect(checkVersion("postgres", "PostgreSQL 14.2 on x86_64-pc-linux-gnu")).toEqual({
      id: "database.version",
      state: "wrong",
      says: "PostgreSQL 14.2; needed is PostgreSQL 15 or newer",
      next: "Upgrade it to PostgreSQL 15 or newer.",
    });
    expect(checkVersion("cockroachdb", "CockroachDB CCL v25.2.1 (x86_64-linux)")).toMatchObject({
      state: "ok",
      says: "CockroachDB 25.2.1",
    });
    expect(checkVersion("cockroachdb", "CockroachDB CCL v23.2.1 (x86_64-linux)")).toMatchObject({ state: "wrong" });
  });
});

describe("a database whose commits may be lost", () => {
  test("by fsync is wrong", async () => {
    let found: Diagnosis | undefined;
    await withSystemSetting("fsync", "off", async () => {
      found = await doctor();
    });
    expect(found?.find("database.durability")).toEqual({
      id: "database.durability",
      state: "wrong",
      says: "fsync is off: a crash of the machine may destroy the whole database",
      next: "Set fsync = on (postgresql.conf, alter system, alter database or alter role), and reload.",
    });
    expect(found?.ids("wrong")).toEqual(["database.durability"]);
  });

  test("by synchronous_commit, which a database may have of its own, is wrong", async () => {
    await db.query(`alter database ${new URL(db.url).pathname.slice(1)} set synchronous_commit = off`);
    const found = await doctor();
    expect(found.find("database.durability")).toMatchObject({
      state: "wrong",
      says: "synchronous_commit is off: a crash loses counts that their senders were answered for",
    });
  });
});

describe("a database that cannot be written to", () => {
  test("by default_transaction_read_only is wrong", async () => {
    const name = new URL(db.url).pathname.slice(1);
    await db.query(`alter database ${name} set default_transaction_read_only = on`);
    const found = await doctor();
    expect(found.ids("wrong")).toEqual(["database.writable"]);
    expect(found.find("database.writable").says).toBe(
      "sessions are read-only here by default_transaction_read_only: nothing can be stored",
    );
  });

  test("because it is a replica is wrong", async () => {
    await using standby = await server.standby();
    const found = await doctor(standby.url);
    expect(found.ids("wrong")).toEqual(["database.writable", "schema.migrations"]);
    expect(found.find("database.writable").says).toBe(
      "this is a read-only replica, or a server that is still being restored: nothing can be stored",
    );
  });
});

describe("the way to a database", () => {
  test("in plain text over a network is a warning, which only --strict fails for", async () => {
    const url = new URL(db.url);
    // This machine, by a name that does not say so.
    url.hostname = "127.1";
    const found = await doctor(url.href);
    expect(found.find("database.tls")).toEqual({
      id: "database.tls",
      state: "warning",
      says: "no TLS to 127.1: the password's proof and every path pass the network in plain text",
      next: "Add sslmode=verify-full to DB_URL, and sslrootcert=FILE where its authority is your own.",
    });
    expect({ code: found.code, ok: found.ok, warnings: found.warnings }).toEqual({ code: 0, ok: true, warnings: 1 });
    expect((await doctor(url.href, "--strict")).code).toBe(6);
  });

  test("with TLS is judged by what is verified", async () => {
    await using certificates = await Certificates.open();
    await certificates.make("good", -1, 100);
    const pgData = join(server.dataDir, "postgres");
    const { uid, gid } = await stat(pgData);
    for (const [from, to] of [
      [certificates.cert("good"), "server.crt"],
      [certificates.key("good"), "server.key"],
    ] as const) {
      await writeFile(join(pgData, to), await readFile(from), { mode: 0o600 });
      await chown(join(pgData, to), uid, gid);
    }
    await withSystemSetting("ssl", "on", async () => {
      const tls = async (query: string) => {
        const found = await doctor(`${db.url}?${query}`);
        return [found.find("database.connection").state, found.find("database.tls").says, found.code];
      };
      const ca = `sslrootcert=${encodeURIComponent(certificates.cert("good"))}`;
      expect(await tls(`sslmode=verify-full&${ca}`)).toEqual([
        "ok",
        expect.stringMatching(/^TLSv1\.3, verified; the database's certificate is valid until 20\d\d-/),
        0,
      ]);
      expect(await tls("sslmode=no-verify")).toEqual([
        "ok",
        "TLSv1.3, but whoever is in between can pose as the database: its certificate is not verified",
        0,
      ]);
      const found = await doctor(`${db.url}?sslmode=verify-full`);
      expect(found.find("database.connection")).toMatchObject({
        state: "wrong",
        says: expect.stringContaining("the certificate of the database cannot be trusted"),
        next: expect.stringContaining("sslrootcert=FILE in DB_URL"),
      });
    });
  });
});
