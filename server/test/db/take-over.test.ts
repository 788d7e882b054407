import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { migrate } from "../../src/db/migrate.ts";
import type { MigrateProgress } from "../../src/db/migrate-progress.ts";
import { readMigrations } from "../../src/db/migration-source.ts";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { days } from "../rollup/pending.ts";
import { Child } from "../support/child.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";
import { METHODS, makeOriginal, originalCounts, ourCounts, PATHS } from "./original-database.ts";
import type { TakeOverChildOptions } from "./take-over-child.ts";

const names = (await readMigrations()).map((file) => file.name);
const METHOD_COUNT = METHODS.length * PATHS.length;

let db: TestDatabaseUrl;
let before: Map<string, bigint>;
let requests: bigint;

beforeEach(async () => {
  db = await testDatabaseUrl({ migrated: false });
  await makeOriginal(db);
  before = await originalCounts(db, "count");
  requests = [...before.values()].reduce((sum, count) => sum + count, 0n);
  // Days are UTC's, whatever a database is set to.
  await db.query(`alter database ${new URL(db.url).pathname.slice(1)} set timezone = 'Pacific/Auckland'`);
});
afterEach(() => db.close());

const takeOver = (url = db.url) => migrate({ url, takeOver: true, leaseMs: 1_000 });

/** Takes over in a process that is killed at a line, and returns the line. */
async function killedAt(stopAt: number | string): Promise<string> {
  const options: TakeOverChildOptions = { url: db.url, leaseMs: 1_000, stopAt };
  await using child = new Child("db/take-over-child.ts", options);
  for (let lines = 1; ; lines++) {
    const line = await child.line();
    if (line === undefined) throw new Error(`it ended before ${stopAt}`);
    if (lines === stopAt || line === stopAt) return line;
  }
}

test("Every day, method and path has as many requests as in the original, whose tables are kept as they were", async () => {
  const progress: MigrateProgress[] = [];
  const result = await migrate({ url: db.url, takeOver: true, onProgress: (step) => progress.push(step) });
  expect(result).toEqual({
    applied: names,
    alreadyApplied: 0,
    waitedMs: expect.any(Number),
    takenOver: { methods: METHOD_COUNT, days: 6, requests },
  });
  expect(await ourCounts(db)).toEqual(before);
  expect(await originalCounts(db, "count_original")).toEqual(before);
  expect([...new Set(progress.map((step) => (step.kind === "taking-over" ? step.what : step.kind)))]).toEqual([
    "applying",
    "methods",
    "totals",
    "requests",
    "comparing",
  ]);
  // Requests stay pending, by quarters of an hour, until they are rolled up.
  const [row] = await db.query<{ pending: bigint; wrong: bigint }>(
    `select sum(n)::bigint as pending, count(case when bucket not between 0 and 95 then 1 end) as wrong
     from (select unnest(counts) as n, unnest(buckets) as bucket from count.pending) as p`,
  );
  expect(row).toEqual({ pending: BigInt(METHOD_COUNT * 21), wrong: 0n });
  await using database = await connectDatabase({ url: db.url });
  await rollUp(database, days("2026-03-01", "2026-03-31"));
  expect(await ourCounts(db)).toEqual(before);
  expect(await db.query("select count(*) as n from count.pending")).toEqual([{ n: 0n }]);

  const again = await takeOver();
  expect(again).toEqual({ applied: [], alreadyApplied: names.length, waitedMs: expect.any(Number) });
  await db.query("drop schema count_original cascade");
  expect(await takeOver()).toMatchObject({ applied: [] });
  expect(await ourCounts(db)).toEqual(before);
});

test("A request counts in the quarter of an hour and on the day of its timestamp, to the last microsecond", async () => {
  await takeOver();
  const buckets = await db.query<{ n: bigint }>(`
    select count(*) as n from (
      select r.day, r.bucket, r.n, p.n as ours from (
        select (request_timestamp at time zone 'UTC')::date as day,
          (extract(hour from request_timestamp at time zone 'UTC') * 4
            + floor(extract(minute from request_timestamp at time zone 'UTC') / 15))::bigint as bucket, count(*) as n
        from count_original.requests group by 1, 2
      ) as r full join (
        select day, bucket, sum(n)::bigint as n from (
          select day, unnest(buckets)::bigint as bucket, unnest(counts) as n from count.pending
        ) as u group by 1, 2
      ) as p on p.day = r.day and p.bucket = r.bucket
      where r.n is distinct from p.n
    ) as different`);
  expect(buckets).toEqual([{ n: 0n }]);
});

describe("a take-over that is broken off", () => {
  test("by SIGKILL, at any point and again and again, goes on and copies everything once", async () => {
    const seen: string[] = [];
    const migrations = names.length;
    for (const stopAt of [1, 3, migrations + 1, 3, 6, 7, 20]) seen.push(await killedAt(stopAt));
    // CockroachDB keeps each migration, so there the second start has fewer left.
    if (db.dialect === "postgres") {
      expect(seen).toEqual([
        "applying 0001_methods",
        "applying 0003_daily_method_totals",
        "methods",
        "totals",
        "totals",
        "requests",
        "requests",
      ]);
    }
    expect(seen.at(-1)).toBe("requests");
    expect(await takeOver()).toMatchObject({ takenOver: { methods: METHOD_COUNT, days: 6, requests } });
    expect(await ourCounts(db)).toEqual(before);
    expect(await originalCounts(db, "count_original")).toEqual(before);
  });

  test("is told by migrate, which refuses to go on without it, and by the doctor", async () => {
    await killedAt("requests");
    await expect(migrate({ url: db.url })).rejects.toMatchObject({
      code: "precondition",
      message:
        "taking over the original Count's counts was begun and is not finished; go on with it: count migrate --take-over",
    });
    const doctor = await runCount(["doctor"], { env: { DB_URL: db.url } });
    expect(doctor.code).toBe(6);
    expect(doctor.stdout).toContain("was begun and is not finished: a part of them is missing");
    const { code, stdout } = await runCount(["migrate", "--take-over"], { env: { DB_URL: db.url } });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        `Nothing to migrate: all ${names.length} migrations are there.\n` +
        `Took over ${requests.toLocaleString("en-US")} requests of 6 days and ${METHOD_COUNT} methods; every day and method has as many as before.\n` +
        "The original's tables are kept in the schema count_original. When nobody needs them any more:\n" +
        "  drop schema count_original cascade;\n",
    });
    expect(await ourCounts(db)).toEqual(before);
  });

  test.each(["take-over-copy-totals", "take-over-copy-requests"])(
    "by lost answers to the commits of %s copies everything once",
    async (statement) => {
      await using proxy = await CuttingProxy.before(db.url);
      proxy.cutAnswersOf(statement, 3);
      expect(await takeOver(proxy.url)).toMatchObject({ takenOver: { requests } });
      expect(proxy.toCut).toBe(0);
      expect(await ourCounts(db)).toEqual(before);
    },
  );
});

test("Several at once take over once", async () => {
  const results = await Promise.all([takeOver(), takeOver(), takeOver(), takeOver()]);
  expect(results.filter(({ takenOver }) => takenOver !== undefined)).toHaveLength(1);
  expect(await ourCounts(db)).toEqual(before);
});

test("Counts that are there already, under the same methods, are added to", async () => {
  // As the README told before there was a take-over.
  await db.query("alter schema count rename to count_original");
  await migrate({ url: db.url });
  await db.query("insert into count.methods (service, method, path) values ('', 3, '/'), ('shop', 3, '/')");
  await db.query(
    "insert into count.daily_method_totals select '2026-03-09', id, 5 from count.methods where service = '' and path = '/'",
  );
  expect(await takeOver()).toMatchObject({ applied: [], takenOver: { requests } });
  const key = "2026-03-09 GET /";
  expect(await ourCounts(db)).toEqual(new Map(before).set(key, before.get(key)! + 5n));
});

describe("a take-over is refused", () => {
  test("when it is not asked for", async () => {
    const { code, stderr } = await runCount(["migrate"], { env: { DB_URL: db.url } });
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr:
        "count migrate: the schema count of this database has the tables of the original Count (count.daily_method_totals, " +
        "count.methods, count.requests); nothing was changed. Stop every original server and take its counts over: " +
        "count migrate --take-over. Or name another database\n",
    });
    expect(await originalCounts(db, "count")).toEqual(before);
  });

  test("with times that cannot be stored, and nothing is moved", async () => {
    await db.query("insert into count.requests select min(id), '10001-01-01 00:00:00+00' from count.methods");
    await expect(takeOver()).rejects.toMatchObject({
      code: "precondition",
      message: expect.stringMatching(
        /^1 rows of count\.requests have a time outside of the years 1 to 9999, .*: select \* from count\.requests where /,
      ),
    });
    expect((await originalCounts(db, "count")).size).toBe(before.size + 1);
    await db.query("delete from count.requests where request_timestamp > '10000-01-01 00:00:00+00'");
    expect(await takeOver()).toMatchObject({ takenOver: { requests } });
  });

  test("with tables that are not complete", async () => {
    await db.query("drop table count.daily_method_totals");
    await expect(takeOver()).rejects.toMatchObject({
      code: "precondition",
      message: expect.stringMatching(/^the original Count's tables are not complete: there is no daily_method_totals;/),
    });
  });
});

test("A difference is found at the end, and the take-over does not count as finished", async () => {
  await killedAt("requests");
  await db.query("update count_original.daily_method_totals set total = total + 1 where day = '2026-03-09'");
  await expect(takeOver()).rejects.toMatchObject({
    code: "internal",
    message: expect.stringMatching(/^the take-over does not add up: of \d+ days and methods another number was copied/),
  });
  await db.query("update count_original.daily_method_totals set total = total - 1 where day = '2026-03-09'");
  expect(await takeOver()).toMatchObject({ takenOver: { requests } });
});

test("What an original server does after its tables were moved fails as a whole", async () => {
  await takeOver();
  const insert =
    "with result as (insert into count.methods (method, path) values ('GET', '/new') on conflict (method, path) do nothing returning id) " +
    "insert into count.requests (method_id, request_timestamp) select id, now() from result";
  // No such table, or no such method number, whichever the database finds first.
  await expect(db.query(insert)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:42P01|22P02|42804)$/) });
  expect(await ourCounts(db)).toEqual(before);
});

test("An original server that still runs loses nothing: what it was told is stored is taken over, and all after that fails", async () => {
  const path = "/while-it-moves";
  // As the original does for each message, on connections of its own that keep its statements prepared.
  const text = `
    with m as (
      insert into count.methods (method, path) values ('GET', $1)
      on conflict (method, path) do update set path = excluded.path returning id
    ) insert into count.requests (method_id, request_timestamp) select id, $2::timestamptz from m`;
  let stored = 0;
  const failures = new Set<string>();
  const writing = new AbortController();
  const write = async (): Promise<void> => {
    const client = new pg.Client(db.url);
    await client.connect();
    for (let failed = 0; !writing.signal.aborted && failed < 3; ) {
      await client.query({ name: "count", text, values: [path, "2026-03-12 10:00:00+00"] }).then(
        () => stored++,
        (error: unknown) => {
          failed++;
          failures.add((error as { code: string }).code);
        },
      );
      if (stored >= 20) busy.resolve();
    }
    await client.end();
  };
  const busy = promised();
  const writers = [write(), write(), write()];
  await busy.promise;
  await takeOver();
  writing.abort();
  await Promise.all(writers);

  const after = await ourCounts(db);
  expect(after.get(`2026-03-12 GET ${path}`)).toBe(BigInt(stored));
  after.delete(`2026-03-12 GET ${path}`);
  expect(after).toEqual(before);
  // No such table, or no such constraint or type, whichever the database finds first.
  for (const code of failures) expect(["42P01", "42703", "42804", "22P02"]).toContain(code);
  expect(failures.size).toBeGreaterThan(0);
});

function promised(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
