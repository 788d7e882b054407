import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { applyMigrations } from "../../src/db/apply-migrations.ts";
import { resolveDatabaseOptions } from "../../src/db/database-options.ts";
import { type MigrateOptions, migrate } from "../../src/db/migrate.ts";
import type { MigrateProgress } from "../../src/db/migrate-progress.ts";
import { MigrationLease } from "../../src/db/migration-lease.ts";
import { readMigrations } from "../../src/db/migration-source.ts";
import { ensureMigrationTables } from "../../src/db/migration-tables.ts";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { Child } from "../support/child.ts";
import { adminUrl, type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { running, sleepStatement } from "../support/running.ts";
import { MigrationFolder } from "./migration-folder.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const names = (await readMigrations()).map((file) => file.name);

const TABLE = "create table if not exists count.sample (id bigint primary key)";
const QUICK = { "0001_table": TABLE, "0002_slow": "select 1" };

let db: TestDatabaseUrl;
let progress: MigrateProgress[];

beforeEach(async () => {
  progress = [];
  db = await testDatabaseUrl({ migrated: false });
});
afterEach(() => db.close());

function applied(): Promise<Record<string, unknown>[]> {
  return db.query("select name from count.migrations order by id");
}

/** Migrates until the migration of that name begins. The result of the whole is in `ended`. */
async function migrateUntil(name: string, options: MigrateOptions): Promise<{ ended: Promise<unknown> }> {
  return await new Promise((resolve) => {
    const ended: Promise<unknown> = migrate({
      ...options,
      onProgress: (step) => {
        if (step.kind === "applying" && step.name === name) resolve({ ended });
      },
    }).catch((error: unknown) => error);
  });
}

/** Two migrations, the second of which takes five minutes. */
async function slowFolder(): Promise<{ folder: MigrationFolder; mark: string }> {
  const { text, mark } = sleepStatement(300);
  return { folder: await MigrationFolder.of({ "0001_table": TABLE, "0002_slow": text }), mark };
}

/** A role that may log in, with a password where the server takes one: an insecure CockroachDB refuses to store it. */
async function createRole(name: string): Promise<URL> {
  const role = new URL(db.url);
  role.username = `${name}_${role.pathname.slice(-8)}`;
  if (db.dialect === "postgres") role.password = "role-password";
  const password = db.dialect === "postgres" ? ` password '${role.password}'` : "";
  await db.query(`create role ${role.username} login${password}`);
  return role;
}

/** CockroachDB has no transaction around migrations: it keeps what came before the one that failed or was stopped. */
function kept<Kept>(...all: readonly Kept[]): readonly Kept[] {
  return db.dialect === "postgres" ? [] : all;
}

describe("migrating", () => {
  test("an empty database gets everything, and the second time nothing", async () => {
    const first = await migrate({ url: db.url, onProgress: (step) => progress.push(step) });
    expect(first).toEqual({ applied: names, alreadyApplied: 0, waitedMs: expect.any(Number) });
    expect(progress).toEqual(names.map((name) => ({ kind: "applying", name })));
    const second = await migrate({ url: db.url });
    expect(second).toEqual({ applied: [], alreadyApplied: names.length, waitedMs: expect.any(Number) });
    expect(await applied()).toEqual(names.map((name) => ({ name })));
  });

  test("a database that is older gets what it lacks", async () => {
    await using folder = await MigrationFolder.of({ "0001_table": TABLE });
    await migrate({ url: db.url, folder: folder.path });
    await using longer = await MigrationFolder.of(QUICK);
    const result = await migrate({ url: db.url, folder: longer.path });
    expect(result).toMatchObject({ applied: ["0002_slow"], alreadyApplied: 1 });
  });

  test("a database that is newer stays as it is", async () => {
    await migrate({ url: db.url });
    await db.query("insert into count.migrations (name) values ('9999_last')");
    expect(await migrate({ url: db.url })).toMatchObject({ applied: [], alreadyApplied: names.length });
  });

  test("a database that went another way is refused", async () => {
    await migrate({ url: db.url });
    await db.query("update count.migrations set name = '0002_other' where name = '0002_pending'");
    await expect(migrate({ url: db.url })).rejects.toMatchObject({
      code: "precondition",
      message:
        "the database has migrations that this build does not know (0002_other) and lacks some that it does " +
        "(0002_pending); migrate with the build that made it",
    });
  });

  test("the database of the original is refused and not touched", async () => {
    await db.query("create schema count");
    await db.query(
      "create table count.methods (id bigserial primary key, method varchar not null, path varchar not null)",
    );
    await db.query("create table count.requests (method_id bigint not null, request_timestamp timestamptz not null)");
    await expect(migrate({ url: db.url })).rejects.toMatchObject({
      code: "precondition",
      message:
        "the schema count of this database has the tables of the original Count (count.methods, count.requests); nothing " +
        "was changed. Stop every original server and take its counts over: count migrate --take-over. Or name another database",
    });
    const tables = await db.query(
      "select table_name from information_schema.tables where table_schema = 'count' order by 1",
    );
    expect(tables).toEqual([{ table_name: "methods" }, { table_name: "requests" }]);
  });

  test("a question mark in a migration is nothing special", async () => {
    await using folder = await MigrationFolder.of({ "0001_ask": `-- why? because\n${TABLE}` });
    expect(await migrate({ url: db.url, folder: folder.path })).toMatchObject({ applied: ["0001_ask"] });
  });

  test("a migration that fails is named, with the server's words", async () => {
    await using folder = await MigrationFolder.of({ "0001_table": TABLE, "0002_bad": "select 1 from count.nothing" });
    await expect(migrate({ url: db.url, folder: folder.path })).rejects.toMatchObject({
      code: "precondition",
      message: 'migration 0002_bad failed: relation "count.nothing" does not exist',
    });
    expect(await applied()).toEqual(kept({ name: "0001_table" }));
  });

  test("a role that may not create anything finds that nothing is to be done", async () => {
    await migrate({ url: db.url });
    const role = await createRole("count_reader");
    try {
      await db.query(`grant usage on schema count to ${role.username}`);
      await db.query(`grant select on all tables in schema count to ${role.username}`);
      expect(await migrate({ url: role.href })).toMatchObject({ applied: [], alreadyApplied: names.length });
    } finally {
      await db.query(`drop owned by ${role.username}`);
      await db.query(`drop role ${role.username}`);
    }
  });

  test("a role that owns the schema needs no right to create one", async () => {
    const role = await createRole("count_owner");
    try {
      await expect(migrate({ url: role.href })).rejects.toMatchObject({
        code: "precondition",
        message: expect.stringMatching(
          /^create-schema-count: the role of the database URL lacks a right: (permission denied for database|user count_owner_\w+ does not have CREATE privilege on database) /,
        ),
      });
      await db.query(`create schema count authorization ${role.username}`);
      expect(await migrate({ url: role.href })).toMatchObject({ applied: names });
    } finally {
      await db.query(`drop owned by ${role.username}`);
      await db.query(`drop role ${role.username}`);
    }
  });
});

describe("several migrators", () => {
  test("twenty at once apply each migration once", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => migrate({ url: db.url })));
    expect(results.flatMap((result) => result.applied)).toEqual(names);
    expect(results.map((result) => result.applied.length + result.alreadyApplied)).toEqual(
      results.map(() => names.length),
    );
    expect(await applied()).toEqual(names.map((name) => ({ name })));
  });

  test("one that was killed is succeeded when its lease has expired", async () => {
    const { folder, mark } = await slowFolder();
    await using slow = folder;
    await using quick = await MigrationFolder.of(QUICK);
    await using child = new Child("db/migrate-child.ts", { url: db.url, folder: slow.path, leaseMs: 1_000 });
    expect(await child.line()).toBe("applying 0001_table");
    expect(await child.line()).toBe("applying 0002_slow");
    await running(db, mark, 1);
    await child.kill();
    const result = await migrate({ url: db.url, folder: quick.path, onProgress: (step) => progress.push(step) });
    expect([...kept("0001_table"), ...result.applied]).toEqual(["0001_table", "0002_slow"]);
    expect(progress[0]).toMatchObject({ kind: "waiting-for-migrator" });
    expect(await applied()).toEqual([{ name: "0001_table" }, { name: "0002_slow" }]);
  });

  test("one that goes on for longer than its lease keeps it", async () => {
    await using long = await MigrationFolder.of({ "0001_long": "select pg_sleep(3)" });
    const first = await migrateUntil("0001_long", { url: db.url, folder: long.path, leaseMs: 2_000 });
    const second = await migrate({ url: db.url, folder: long.path, leaseMs: 2_000 });
    expect(await first.ended).toMatchObject({ applied: ["0001_long"] });
    expect(second).toMatchObject({ applied: [], alreadyApplied: 1 });
    expect(second.waitedMs).toBeGreaterThan(2_000);
  });

  test("one that lost its lease stops, and what it began is taken back", async () => {
    const { folder, mark } = await slowFolder();
    await using slow = folder;
    const migrating = await migrateUntil("0002_slow", { url: db.url, folder: slow.path, leaseMs: 1_000 });
    await running(db, mark, 1);
    await db.query("update count.migration_lease set holder = $1, fence = fence + 1", [crypto.randomUUID()]);
    expect(await migrating.ended).toMatchObject({
      code: "unavailable",
      message: "another process took the migration lease after it had expired",
    });
    expect(await applied()).toEqual(kept({ name: "0001_table" }));
  });

  test("one that is stopped gives its lease back", async () => {
    const { folder, mark } = await slowFolder();
    await using slow = folder;
    await using quick = await MigrationFolder.of(QUICK);
    const stop = new AbortController();
    const migrating = await migrateUntil("0002_slow", { url: db.url, folder: slow.path, signal: stop.signal });
    await running(db, mark, 1);
    stop.abort();
    expect(await migrating.ended).toMatchObject({ code: "cancelled" });
    const result = await migrate({ url: db.url, folder: quick.path, waitMs: 0 });
    expect([...kept("0001_table"), ...result.applied]).toEqual(["0001_table", "0002_slow"]);
  });

  test("waiting for another migrator has a limit", async () => {
    await using database = await connectDatabase({ url: db.url });
    await ensureMigrationTables(database);
    const lease = await MigrationLease.tryTake(database, 60_000);
    const waiting = migrate({ url: db.url, waitMs: 300, onProgress: (step) => progress.push(step) });
    await expect(waiting).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^another process migrates this database; waited 0\.\d s$/),
    });
    expect(progress.length).toBeGreaterThan(0);
    await lease?.release();
    expect(await migrate({ url: db.url, waitMs: 0 })).toMatchObject({ applied: names });
  });

  test("a lock of knex's that a killed process left behind does not matter", async () => {
    await using folder = await MigrationFolder.of({ "0001_table": TABLE });
    await migrate({ url: db.url, folder: folder.path });
    await db.query("update count.migrations_lock set is_locked = 1");
    await using longer = await MigrationFolder.of(QUICK);
    expect(await migrate({ url: db.url, folder: longer.path })).toMatchObject({ applied: ["0002_slow"] });
  });

  test("without transactions, as on CockroachDB, the next one goes on where one failed", async () => {
    await using bad = await MigrationFolder.of({ "0001_table": TABLE, "0002_slow": "select 1 from count.nothing" });
    await using quick = await MigrationFolder.of(QUICK);
    await using database = await connectDatabase({ url: db.url });
    await ensureMigrationTables(database);
    const lease = await MigrationLease.tryTake(database, 15_000);
    if (!lease) throw new Error("the lease of a new database is free");
    const apply = async (folder: string): Promise<void> =>
      applyMigrations({
        database: resolveDatabaseOptions({ url: db.url }),
        probe: { dialect: "cockroachdb", version: "", session: {} },
        files: await readMigrations(folder),
        lease,
        retryLimitMs: 1_000,
        signal: undefined,
        onProgress: (step) => progress.push(step),
      });
    await expect(apply(bad.path)).rejects.toMatchObject({
      code: "precondition",
      message: 'migration 0002_slow failed: relation "count.nothing" does not exist',
    });
    expect(await applied()).toEqual([{ name: "0001_table" }]);
    await apply(quick.path);
    expect(await applied()).toEqual([{ name: "0001_table" }, { name: "0002_slow" }]);
    expect(progress.map((step) => step.kind === "applying" && step.name)).toEqual([
      "0001_table",
      "0002_slow",
      "0002_slow",
    ]);
    await lease.release();
  });
});

describe("a database that is not there", () => {
  test("it is waited for until its server listens", async () => {
    const gone = await TcpProxy.before(db.url);
    const port = Number(new URL(gone.url).port);
    await gone[Symbol.asyncDispose]();
    let starting: Promise<TcpProxy> | undefined;
    const onProgress = (step: MigrateProgress): void => {
      progress.push(step);
      if (progress.length === 3) starting = TcpProxy.before(db.url, port);
    };
    const result = await migrate({ url: gone.url, onProgress });
    await using proxy = await starting;
    expect(proxy?.url).toBe(gone.url);
    expect(result.applied).toEqual(names);
    expect(result.waitedMs).toBeGreaterThan(0);
    expect(progress[0]).toEqual({
      kind: "waiting-for-database",
      reason: `the database cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
      waitedMs: expect.any(Number),
    });
  });

  test("it is waited for until somebody creates it", async () => {
    const url = new URL(db.url);
    url.pathname += "_later";
    const name = url.pathname.slice(1);
    let creating: Promise<unknown> | undefined;
    try {
      const result = await migrate({
        url: url.href,
        onProgress: (step) => {
          progress.push(step);
          if (progress.length === 2) creating = db.query(`create database ${name}`);
        },
      });
      expect(result.applied).toEqual(names);
      expect(progress[0]).toMatchObject({ kind: "waiting-for-database", reason: `database "${name}" does not exist` });
    } finally {
      await creating;
      await db.query(`drop database if exists ${name}`);
    }
  });

  test("the wait has a limit", async () => {
    const gone = await TcpProxy.before(db.url);
    await gone[Symbol.asyncDispose]();
    await expect(migrate({ url: gone.url, waitMs: 200 })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        /^waited 0\.\d s for the database: the database cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
      ),
    });
  });

  test("the wait ends with the signal", async () => {
    const gone = await TcpProxy.before(db.url);
    await gone[Symbol.asyncDispose]();
    const stop = new AbortController();
    const waiting = migrate({ url: gone.url, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("what waiting cannot change", () => {
  test("a refused user is told at once, and never the password", async () => {
    const url = new URL(adminUrl());
    url.username = "count_nobody";
    url.password = "hunter2";
    const error: unknown = await migrate({ url: url.href }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "precondition", message: expect.stringContaining("count_nobody") });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)).not.toContain("hunter2");
  });

  test.each([
    [{ waitMs: -1 }, "waitMs is -1; accepted are whole numbers from 0"],
    [{ leaseMs: 10 }, "leaseMs is 10; accepted are whole numbers from 300"],
  ])("%j is refused", async (options, message) => {
    await expect(migrate({ url: db.url, ...options })).rejects.toMatchObject({ code: "invalid", message });
  });
});
