import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { running, sleepStatement } from "../support/running.ts";
import { TcpProxy } from "./tcp-proxy.ts";

let db: TestDatabase;

beforeEach(async () => {
  db = await testDatabase({ migrated: false, closeLimitMs: 200 });
});
afterEach(() => db.close());

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function at(
  url: string,
  changes: { readonly port?: number; readonly user?: string; readonly database?: string },
): string {
  const changed = new URL(url);
  changed.hostname = changes.port === undefined ? changed.hostname : "127.0.0.1";
  if (changes.port !== undefined) changed.port = String(changes.port);
  if (changes.database !== undefined) changed.pathname = `/${changes.database}`;
  if (changes.user !== undefined) {
    changed.username = changes.user;
    changed.password = "hunter2";
  }
  return changed.href;
}

describe("values", () => {
  test("bigint comes back exactly, alone and in arrays", async () => {
    const rows = await db.database.run(
      { name: "bigints", text: "select $1::bigint as one, $2::bigint[] as many, $3::bigint[] as none" },
      ["9223372036854775807", [-9_223_372_036_854_775_808n, 0, null], []],
    );
    expect(rows).toEqual([
      { one: 9_223_372_036_854_775_807n, many: [-9_223_372_036_854_775_808n, 0n, null], none: [] },
    ]);
  });

  test("a date comes back as text, alone and in arrays", async () => {
    const rows = await db.database.run(
      { name: "dates", text: "select $1::date as one, $2::date[] as many, array[]::date[] as none" },
      ["2026-11-24", ["0001-01-01", "9999-12-31", null]],
    );
    expect(rows).toEqual([{ one: "2026-11-24", many: ["0001-01-01", "9999-12-31", null], none: [] }]);
  });

  test("the session is in UTC, whatever the database, the role and the URL say", async () => {
    const [row] = await db.query<{ name: string }>("select current_database()::text as name");
    await db.query(`alter database ${row?.name ?? ""} set timezone = 'Pacific/Kiritimati'`);
    const url = new URL(db.url);
    url.searchParams.set("options", "-c timezone=America/New_York");
    await using database = await connectDatabase({ url: url.href });
    const text = `select current_setting('TimeZone') as zone, timestamptz '2026-11-24 23:59:59.999999Z'::date as day`;
    expect(await database.run({ name: "zone", text }, [])).toEqual([{ zone: "UTC", day: "2026-11-24" }]);
  });

  test("the server knows it by its name", async () => {
    const text = "select current_setting('application_name') as name";
    expect(await db.database.run({ name: "name", text }, [])).toEqual([{ name: "count" }]);
  });
});

describe("connecting", () => {
  test("it says what is unreachable, and gives up after the limit", async () => {
    const url = at(db.url, { port: await freePort() });
    const connecting = connectDatabase({ url, retryLimitMs: 100 });
    await expect(connecting).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        /^connect: the database cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+ \(\d+ tries in 0\.\d s\)$/,
      ),
    });
  });

  test("it waits for a server that starts meanwhile", async () => {
    const port = await freePort();
    const url = at(db.url, { port });
    const failed: string[] = [];
    let starting: Promise<TcpProxy> | undefined;
    const onRetry = ({ message }: { readonly message: string }): void => {
      if (failed.push(message) === 2) starting = TcpProxy.before(db.url, port);
    };
    await using database = await connectDatabase({ url, onRetry });
    await using proxy = await starting;
    expect(proxy?.url).toBe(url);
    expect(database.dialect).toBe(db.dialect);
    expect(failed[0]).toBe(`the database cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  test("a refused user is told at once, and never the password", async () => {
    const url = at(db.url, { user: "count_nobody" });
    const error: unknown = await connectDatabase({ url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "precondition",
      message: expect.stringMatching(/^connect: the database refuses this user: .*"?count_nobody"?/),
    });
    expect(String(error)).not.toContain("hunter2");
  });

  test("a database that does not exist is told at once", async () => {
    const connecting = connectDatabase({ url: at(db.url, { database: "cuont" }) });
    await expect(connecting).rejects.toMatchObject({
      code: "precondition",
      message: 'connect: database "cuont" does not exist',
    });
  });

  test("something that accepts and never answers is given up after the limit", async () => {
    await using proxy = await TcpProxy.before(db.url);
    proxy.fallSilent();
    const connecting = connectDatabase({ url: proxy.url, connectTimeoutMs: 100, retryLimitMs: 0 });
    await expect(connecting).rejects.toMatchObject({
      code: "unavailable",
      message: "connect: the database cannot be reached: timeout expired (1 try in 0.1 s)",
    });
  });

  test("the wait ends with the signal", async () => {
    const stop = new AbortController();
    const connecting = connectDatabase({
      url: at(db.url, { port: await freePort() }),
      signal: stop.signal,
      onRetry: () => stop.abort(),
    });
    await expect(connecting).rejects.toMatchObject({
      code: "cancelled",
      message: "the caller stopped waiting for the database",
    });
  });

  test.each([
    ["maxConnections", 0, 1],
    ["retryLimitMs", -1, 0],
    ["statementTimeoutMs", 1.5, 0],
  ])("%s of %p is refused", async (name, value, least) => {
    await expect(connectDatabase({ url: db.url, [name]: value })).rejects.toMatchObject({
      code: "invalid",
      message: `${name} is ${value}; accepted are whole numbers from ${least} to 2147483647`,
    });
  });
});

describe("limits", () => {
  test("a statement that takes too long is ended by the server", async () => {
    await using database = await connectDatabase({ url: db.url, statementTimeoutMs: 50 });
    const said = db.dialect === "cockroachdb" ? "query execution canceled" : "canceling statement";
    await expect(database.run(sleepStatement(30), [])).rejects.toMatchObject({
      code: "timeout",
      message: `sleep: ${said} due to statement timeout`,
    });
  });

  test("a statement whose caller stops waiting is ended by the server too", async () => {
    const stop = new AbortController();
    const sleep = sleepStatement(300);
    const sleeping = db.database.run(sleep, [], { signal: stop.signal });
    await running(db, sleep.mark, 1);
    stop.abort();
    await expect(sleeping).rejects.toMatchObject({ code: "cancelled" });
    await running(db, sleep.mark, 0);
  });

  test("a server that falls silent is given up a while after the statement's own limit", async () => {
    await using proxy = await TcpProxy.before(db.url);
    await using database = await connectDatabase({ url: proxy.url, statementTimeoutMs: 500, retryLimitMs: 0 });
    await database.ping();
    proxy.fallSilent();
    await expect(database.run({ name: "one", text: "select 1" }, [])).rejects.toMatchObject({
      code: "unavailable",
      message: "one: the connection to the database was lost: Connection terminated unexpectedly (1 try in 5.5 s)",
    });
  });

  test("as many statements run at once as there are connections, and the rest waits its turn", async () => {
    await using database = await connectDatabase({ url: db.url, maxConnections: 2, maxWaiting: 1 });
    const sleep = sleepStatement(300);
    const stop = new AbortController();
    const settled = [1, 2, 3].map(() =>
      database.run(sleep, [], { signal: stop.signal }).catch((error: unknown) => error),
    );
    await running(db, sleep.mark, 2);
    expect(database.stats).toMatchObject({ running: 2, waiting: 1 });
    await expect(database.run(sleep, [])).rejects.toMatchObject({
      code: "exhausted",
      message: "1 statements wait for one of 2 database connections; no more may",
    });
    await database.ping();
    stop.abort();
    await Promise.all(settled);
    expect(database.stats).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe("ping", () => {
  test("it says when the database does not answer in time", async () => {
    await using proxy = await TcpProxy.before(db.url);
    await using database = await connectDatabase({ url: proxy.url, closeLimitMs: 0 });
    await database.ping();
    proxy.fallSilent();
    await expect(database.ping({ timeoutMs: 50 })).rejects.toMatchObject({
      code: "timeout",
      message: "the database did not answer within 50 ms",
    });
  });

  test("it fails at once when the server is away, and works again when it is back", async () => {
    const proxy = await TcpProxy.before(db.url);
    const port = Number(new URL(proxy.url).port);
    await using database = await connectDatabase({ url: proxy.url });
    await database.ping();
    await proxy[Symbol.asyncDispose]();
    await expect(database.ping()).rejects.toMatchObject({ code: "unavailable" });
    await using again = await TcpProxy.before(db.url, port);
    await database.ping();
    expect(again.url).toBe(proxy.url);
  });
});

describe("closing", () => {
  test("what comes later is refused", async () => {
    const statement = { name: "one", text: "select 1 as one" };
    await db.database.run(statement, []);
    const closed = db.database.close();
    expect(db.database.close()).toBe(closed);
    await closed;
    await expect(db.database.run(statement, [])).rejects.toMatchObject({
      code: "unavailable",
      message: "the database connection is closed",
    });
    await expect(db.database.ping()).rejects.toMatchObject({
      code: "unavailable",
      message: "the database connection is closed",
    });
    expect(db.database.stats).toEqual({ total: 0, idle: 0, running: 0, waiting: 0, capacity: 4 });
  });

  test("a running statement may end within the limit", async () => {
    await using database = await connectDatabase({ url: db.url });
    const sleep = sleepStatement(0.5);
    const sleeping = database.run(sleep, []);
    await running(db, sleep.mark, 1);
    await database.close();
    expect(await sleeping).toEqual([{ [sleep.mark]: 1n }]);
  });

  test("a running statement is cut after the limit", async () => {
    const sleep = sleepStatement(300);
    const sleeping = db.database.run(sleep, []).catch((error: unknown) => error);
    await running(db, sleep.mark, 1);
    await db.database.close();
    expect(await sleeping).toMatchObject({ code: "unavailable", message: "the database connection is closed" });
  });
});
