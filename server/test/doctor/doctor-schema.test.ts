import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { runCli } from "../../src/cli/run-cli.ts";
import { readMigrations } from "../../src/db/migration-source.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { DoctorServer } from "./doctor-server.ts";
import { runDoctor } from "./run-doctor.ts";

const names = (await readMigrations()).map((file) => file.name);
const DAY_MS = 86_400_000;

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

describe("a schema", () => {
  test("that is not there is wrong, and who migrates is asked whether it may", async () => {
    const empty = await testDatabaseUrl({ migrated: false });
    try {
      const found = await doctor(empty.url);
      expect(found.find("schema.migrations")).toEqual({
        id: "schema.migrations",
        state: "wrong",
        says: `older than this build: it lacks ${names.join(", ")}`,
        next: "Run `count migrate`.",
      });
      expect(found.ids("wrong")).toEqual(["schema.migrations"]);
      expect(found.find("permissions.serve").says).toBe("not looked at: there are no tables yet");
      expect(found.find("permissions.migrate")).toMatchObject({ state: "ok", says: "the role count may migrate" });
    } finally {
      await empty.close();
    }
  });

  test("that is older is wrong, that is newer is fine, that went another way is wrong", async () => {
    const last = names.at(-1)!;
    await db.query("delete from count.migrations where name = $1", [last]);
    expect((await doctor()).find("schema.migrations")).toMatchObject({
      state: "wrong",
      says: `older than this build: it lacks ${last}`,
    });
    await db.query("insert into count.migrations (name) values ('9999_other')");
    expect((await doctor()).find("schema.migrations")).toMatchObject({
      state: "wrong",
      says: `it lacks ${last}, and has 9999_other, which this build does not know`,
    });
    await db.query("insert into count.migrations (name) values ($1)", [last]);
    expect((await doctor()).find("schema.migrations")).toEqual({
      id: "schema.migrations",
      state: "ok",
      says: "newer than this build, which is fine: 9999_other",
    });
  });

  test("of the original is wrong, and says how it is taken over", async () => {
    const original = await testDatabaseUrl({ migrated: false });
    try {
      await original.query("create schema count");
      await original.query("create table count.methods (id bigserial primary key, method varchar, path varchar)");
      await original.query("create table count.requests (method_id bigint, request_timestamp timestamptz)");
      const found = await doctor(original.url);
      expect(found.find("schema.tables")).toEqual({
        id: "schema.tables",
        state: "wrong",
        says: "the schema count has the tables of the original Count (count.methods, count.requests)",
        next: "Stop every original server, then run `count migrate --take-over`: it keeps their tables and counts.",
      });
      expect(found.code).toBe(6);
    } finally {
      await original.close();
    }
  });
});

describe("a clock", () => {
  test.each([
    [-120_000, "wrong", /^this machine's clock is 1(19|20)\.\d s behind the database's$/, 6],
    [90_000, "wrong", /^this machine's clock is (89|90)\.\d s ahead of the database's$/, 6],
    [-5_000, "warning", /^this machine's clock is [45]\.\d s behind the database's$/, 0],
    [0, "ok", /^this machine's clock and the database's differ by less than 1 s$/, 0],
  ])("that is %d ms off is %s", async (offsetMs, state, says, exit) => {
    let stdout = "";
    const io = {
      stdin: process.stdin,
      stdout: {
        write: (text: string) => {
          stdout += text;
        },
      },
      stderr: process.stderr,
      env: { DB_URL: db.url },
      now: () => Date.now() + offsetMs,
    };
    expect(await runCli(["doctor", "--json"], io)).toBe(exit);
    const { findings } = JSON.parse(stdout) as { findings: { id: string }[] };
    expect(findings.find(({ id }) => id === "clock.offset")).toMatchObject({
      state,
      says: expect.stringMatching(says),
    });
  });
});

describe("the rights of a role", () => {
  let role: URL;
  let grants: string[];

  beforeEach(async () => {
    role = new URL(db.url);
    role.username = `count_runtime_${role.pathname.slice(-8)}`;
    role.password = "runtime-password";
    await db.query(`create role ${role.username} login password '${role.password}'`);
    const guide = await readFile(new URL("../../../docs/running.md", import.meta.url), "utf8");
    grants = [...guide.matchAll(/^grant .* to count_runtime;$/gm)].map(([line]) =>
      line.replace("count_runtime", role.username),
    );
  });
  afterEach(async () => {
    await db.query(`drop owned by ${role.username}`);
    await db.query(`drop role ${role.username}`);
  });

  test("that has what docs/running.md grants are enough to serve and to roll up", async () => {
    for (const grant of grants) await db.query(grant);
    const found = await doctor(role.href);
    expect({ wrong: found.ids("wrong"), code: found.code }).toEqual({ wrong: [], code: 0 });
    expect(found.find("permissions.migrate").says).toBe(`the role ${role.username} may not migrate, and need not now`);
    await db.query("delete from count.migrations where name = $1", [names.at(-1)]);
    expect((await doctor(role.href)).find("permissions.migrate")).toMatchObject({
      state: "warning",
      next: "Run `count migrate` as the role that owns the schema count and its tables.",
    });
    expect((await doctor(role.href, "--migrate")).find("permissions.migrate").state).toBe("wrong");
  });

  test("that lack any of them are wrong, and the doctor's own grants mend it", async () => {
    expect(grants.length).toBe(10);
    for (const left of grants) {
      for (const grant of grants) await db.query(grant);
      await db.query(left.replace("grant", "revoke").replace(" to ", " from "));
      const found = await doctor(role.href);
      expect([left, found.code]).toEqual([left, 6]);
      const nexts = found.findings.filter(({ id }) => id === "permissions.serve" || id === "permissions.rollup");
      for (const { next } of nexts) {
        for (const grant of next?.match(/grant [^;]*;/g) ?? []) await db.query(grant);
      }
      expect((await doctor(role.href)).ids("wrong")).toEqual([]);
    }
    // Two processes for each grant.
  }, 240_000);
});

describe("the roll-up", () => {
  const today = Math.floor(Date.now() / DAY_MS);
  const day = (ago: number) => new Date((today - ago) * DAY_MS).toISOString().slice(0, 10);
  const addPending = (ago: number, shard: number) =>
    db.query("insert into count.pending values ($1, $2, gen_random_uuid(), '{1}', '{0}', '{7}')", [shard, day(ago)]);

  test("that has yesterday and today before it is on time", async () => {
    await addPending(0, 3);
    await addPending(1, 5);
    const found = await doctor();
    expect(found.find("rollup.lag")).toEqual({
      id: "rollup.lag",
      state: "ok",
      says: `the oldest closed day with something pending is ${day(1)} (1 day ago); 1 row pending of closed days, of 2 rows in all`,
    });
  });

  test("that nobody ran since an older day is wrong", async () => {
    for (const ago of [1, 2, 3, 3]) await addPending(ago, ago);
    await db.query("insert into count.daily_method_totals values ($1, 1, 1)", [day(4)]);
    const found = await doctor();
    expect(found.find("rollup.lag")).toEqual({
      id: "rollup.lag",
      state: "wrong",
      says:
        `the oldest closed day with something pending is ${day(3)} (3 days ago); 4 rows pending of closed days, of 4 rows ` +
        "in all; no later day has a total, so nothing was rolled up since",
      next: "Run `count rollup` now, then find out why its CronJob or cron entry does not.",
    });
    expect(found.code).toBe(6);
  });

  test("that ran since, with requests that came late, is a warning", async () => {
    await addPending(40, 15);
    await db.query("insert into count.daily_method_totals values ($1, 1, 1)", [day(1)]);
    const found = await doctor();
    expect(found.find("rollup.lag")).toMatchObject({
      state: "warning",
      says: expect.stringContaining(`${day(40)} (40 days ago)`),
      next: "The next `count rollup` adds them.",
    });
    expect(found.code).toBe(0);
  });
});

describe("what is older than it is kept", () => {
  const day = (ago: number) => new Date((Math.floor(Date.now() / DAY_MS) - ago) * DAY_MS).toISOString().slice(0, 10);
  const addBuckets = (ago: number) =>
    db.query("insert into count.bucket_counts values ($1, 1, gen_random_uuid(), '{1}', '{1}')", [day(ago)]);
  const kept = (...args: readonly string[]) =>
    runDoctor({ DB_URL: db.url, COUNT_BUCKET_RETENTION_DAYS: "10" }, ...args).then((found) =>
      found.find("rollup.retention"),
    );

  test("is a warning once nobody has removed it for two days", async () => {
    await addBuckets(12);
    expect(await kept()).toEqual({
      id: "rollup.retention",
      state: "ok",
      says: "nothing is older than it is kept: 15-minute counts for 10 days, daily totals for ever",
    });
    await addBuckets(13);
    await db.query("insert into count.daily_method_totals values ($1, 1, 1), ('0001-01-01', 1, 1)", [day(3)]);
    expect(await kept()).toEqual({
      id: "rollup.retention",
      state: "warning",
      says: `there are 15-minute counts of ${day(13)}, and they are kept for 10 days`,
      next: "`count rollup`, without --date, removes it; find out why its CronJob or cron entry does not. Other servers may keep more.",
    });
  });
});
