import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RetryEvent } from "../../src/db/database-options.ts";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { endSessions, running, sleepStatement } from "../support/running.ts";
import { TcpProxy } from "./tcp-proxy.ts";

let db: TestDatabase;
let retries: RetryEvent[];

beforeEach(async () => {
  retries = [];
  db = await testDatabase({ migrated: false, onRetry: (event) => retries.push(event) });
});
afterEach(() => db.close());

/** What the server says when that function fails: CockroachDB has its own words for what should be sent again. */
function injected(sqlstate: string): string {
  return db.dialect === "cockroachdb" && sqlstate === "40001" ? "restart transaction: injected" : "injected";
}

/** A function that fails with a SQLSTATE so many times, and then says which try it was. */
async function failingFunction(sqlstate: string, times: number): Promise<void> {
  await db.query("create sequence tries");
  await db.query(`
    create function attempt() returns bigint language plpgsql as $$
    begin
      if nextval('tries') <= ${times} then raise exception 'injected' using errcode = '${sqlstate}'; end if;
      return currval('tries');
    end $$`);
}

describe("failures that did not happen", () => {
  test.each(["40001", "40P01", "55P03", "53200"])("a statement that fails with %s is sent again", async (sqlstate) => {
    await failingFunction(sqlstate, 3);
    let uncertain = 0;
    const rows = await db.database.run({ name: "attempt", text: "select attempt() as try" }, [], {
      onUncertain: () => uncertain++,
    });
    expect(rows).toEqual([{ try: 4n }]);
    expect(retries.map(({ statement, tries, message }) => ({ statement, tries, message }))).toEqual(
      [1, 2, 3].map((tries) => ({ statement: "attempt", tries, message: injected(sqlstate) })),
    );
    expect(uncertain).toBe(0);
  });

  test("it is given up after the limit", async () => {
    await failingFunction("40001", 1_000_000);
    await using database = await connectDatabase({ url: db.url, retryLimitMs: 200 });
    await expect(database.run({ name: "attempt", text: "select attempt()" }, [])).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/^attempt: (restart transaction: )?injected \(\d+ tries in 0\.\d s\)$/),
    });
  });

  test("the wait between two tries ends with the signal", async () => {
    await failingFunction("40001", 1_000_000);
    const stop = new AbortController();
    const running = db.database.run({ name: "attempt", text: "select attempt()" }, [], { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
  });

  test("the wait between two tries ends when the database is closed", async () => {
    await failingFunction("40001", 1_000_000);
    const running = db.database.run({ name: "attempt", text: "select attempt()" }, []);
    setTimeout(() => void db.database.close(), 100);
    await expect(running).rejects.toMatchObject({
      code: "unavailable",
      message: "the database connection is closed",
    });
  });

  test.each([
    ["23505", "internal", "attempt: injected"],
    ["42501", "precondition", "attempt: the role of the database URL lacks a right: injected"],
  ])("a statement that fails with %s is not sent again", async (sqlstate, code, message) => {
    await failingFunction(sqlstate, 1);
    await expect(db.database.run({ name: "attempt", text: "select attempt()" }, [])).rejects.toMatchObject({
      code,
      message,
    });
    expect(retries).toEqual([]);
  });

  test("serialization failures of concurrent updates lose nothing", async () => {
    const [row] = await db.query<{ name: string }>("select current_database()::text as name");
    await db.query(`alter database ${row?.name ?? ""} set default_transaction_isolation = 'serializable'`);
    await db.query("create table counter (id bigint primary key, n bigint not null)");
    await db.query("insert into counter values (1, 0)");
    await using database = await connectDatabase({ url: db.url, onRetry: (event) => retries.push(event) });
    // The nap comes after the snapshot and before the update, so that those at once are sure to meet.
    const add = { name: "add", text: "update counter set n = n + 1 from pg_sleep(0.01) where id = 1" };
    await Promise.all(Array.from({ length: 50 }, () => database.run(add, [])));
    expect(await db.query("select n from counter")).toEqual([{ n: 50n }]);
    if (db.dialect === "postgres") expect(retries.length).toBeGreaterThan(0);
  });

  test("two that deadlock both succeed", async () => {
    await db.query("create table pair (id bigint primary key, n bigint not null)");
    await db.query("insert into pair values (1, 0), (2, 0)");
    // One takes 1 and then 2, the other 2 and then 1, each when the other has taken its first.
    await db.query(`
      create function take(first bigint, second bigint) returns void language sql as $$
        update pair set n = n + 1 where id = first;
        select pg_sleep(0.2);
        update pair set n = n + 1 where id = second;
      $$`);
    const take = { name: "take", text: "select take($1, $2)" };
    await Promise.all([db.database.run(take, [1, 2]), db.database.run(take, [2, 1])]);
    expect(await db.query("select n from pair order by id")).toEqual([{ n: 2n }, { n: 2n }]);
    // CockroachDB starts the younger one over by itself.
    expect(retries.map(({ message }) => message)).toEqual(db.dialect === "postgres" ? ["deadlock detected"] : []);
  });

  test("a plan that a change of a table outdated is prepared anew", async () => {
    await db.query("create table wide (a bigint)");
    await db.query("insert into wide values (1)");
    const all = { name: "all", text: "select * from wide" };
    expect(await db.database.run(all, [])).toEqual([{ a: 1n }]);
    await db.query("alter table wide add column b bigint");
    expect(await db.database.run(all, [])).toEqual([{ a: 1n, b: null }]);
  });
});

describe("lost connections", () => {
  test("a statement whose backend is terminated is sent again, and the caller knows", async () => {
    await db.query("create sequence tries");
    let uncertain = 0;
    const { name, mark } = sleepStatement(0);
    const text = `select nextval('tries') as try, pg_sleep(case when currval('tries') = 1 then 300 else 0 end) as ${mark}`;
    const sleeping = db.database.run<{ readonly try: bigint }>({ name, text }, [], { onUncertain: () => uncertain++ });
    await running(db, mark, 1);
    await endSessions(db, mark);
    expect((await sleeping).map((row) => row.try)).toEqual([2n]);
    expect(uncertain).toBe(1);
    // CockroachDB tells why, or only closes the connection.
    const said =
      db.dialect === "cockroachdb"
        ? /^the connection to the database was lost: (query execution canceled|Connection terminated unexpectedly|read ECONNRESET)$/
        : /^the connection to the database was lost: terminating connection due to administrator command$/;
    expect(retries).toMatchObject([{ statement: "sleep", message: expect.stringMatching(said) }]);
  });

  test("a statement whose answer is lost after its commit is sent again, and the caller knows once", async () => {
    await db.query("create table entry (id bigint primary key)");
    await using proxy = await CuttingProxy.before(db.url);
    await using database = await connectDatabase({ url: proxy.url });
    const enter = { name: "enter", text: "insert into entry values ($1) on conflict do nothing returning id" };
    expect(await database.run(enter, [1])).toEqual([{ id: 1n }]);
    proxy.cutAnswersOf("enter", 2);
    const calls: string[] = [];
    const rows = await database.run(enter, [2], { onUncertain: () => calls.push("uncertain") });
    // The first try entered it, so the last one found it there.
    expect(rows).toEqual([]);
    expect(calls).toEqual(["uncertain"]);
    expect(proxy.toCut).toBe(0);
    expect(await db.query("select id from entry order by id")).toEqual([{ id: 1n }, { id: 2n }]);
  });

  test("connections that broke while unused are replaced without a word to the caller", async () => {
    await using proxy = await TcpProxy.before(db.url);
    const broken: string[] = [];
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await using database = await connectDatabase({
      url: proxy.url,
      onIdleError: ({ message }) => {
        if (broken.push(message) === 2) tell();
      },
    });
    const one = { name: "one", text: "select 1::bigint as one" };
    await Promise.all([database.run(one, []), database.run(one, [])]);
    proxy.cutConnections();
    await told;
    expect(broken).toEqual([
      "the connection to the database was lost: Connection terminated unexpectedly",
      "the connection to the database was lost: Connection terminated unexpectedly",
    ]);
    expect(database.stats).toEqual({ total: 0, idle: 0, running: 0, waiting: 0, capacity: 4 });
    let uncertain = 0;
    expect(await database.run(one, [], { onUncertain: () => uncertain++ })).toEqual([{ one: 1n }]);
    expect(uncertain).toBe(0);
  });

  test("a connection that cannot be had says nothing about the statement", async () => {
    const proxy = await TcpProxy.before(db.url);
    const port = Number(new URL(proxy.url).port);
    let uncertain = 0;
    let back: Promise<TcpProxy> | undefined;
    await using database = await connectDatabase({
      url: proxy.url,
      onRetry: () => {
        back ??= TcpProxy.before(db.url, port);
      },
    });
    await proxy[Symbol.asyncDispose]();
    const one = { name: "one", text: "select 1::bigint as one" };
    expect(await database.run(one, [], { onUncertain: () => uncertain++ })).toEqual([{ one: 1n }]);
    expect(uncertain).toBe(0);
    await using proxyAgain = await back;
    expect(proxyAgain?.url).toBe(proxy.url);
  });
});
