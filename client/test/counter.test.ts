import { Method } from "@count/proto";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type Counter, type CounterOptions, createCounter, type Logger } from "../src/index.ts";
import { FakeDatabase, RecordServer } from "./support/record-server.ts";
import { dropped, expectInvariant } from "./support/statistics.ts";
import { until } from "./support/until.ts";

const NOON = Date.UTC(2026, 10, 24, 12);
const BUCKET = NOON / 900_000;
const FAST = { minBackoffMs: 5, maxBackoffMs: 20 };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function logTo(lines: string[]): Logger {
  return { warn: (message) => lines.push(message), debug: () => undefined };
}

async function server(database?: FakeDatabase, options?: object): Promise<RecordServer> {
  const started = await RecordServer.start(database, options);
  cleanups.push(() => started.kill());
  return started;
}

function counter(target: string, options: Partial<CounterOptions> = {}): Counter {
  const made = createCounter({
    target,
    sealAfterMs: 10,
    now: () => NOON,
    logger: logTo([]),
    flushAtExitMs: 0,
    ...options,
    delivery: { ...FAST, ...options.delivery },
  });
  cleanups.push(() => made.close({ limitMs: 0 }));
  return made;
}

describe("Counter", () => {
  test("counts per service, method, path and quarter of an hour, and reports when it closes", async () => {
    const { database, target } = await server();
    const counts = counter(target, { service: "shop" });
    counts.record("GET", "/users/:id");
    counts.record(Method.GET, "/users/:id?full=1#top");
    counts.record("POST", "/users", "admin");
    counts.record("PROPFIND", "/dav");
    counts.record("GRPC", "/count.v1.CountService/Add", "", NOON - 1);
    expect(await counts.close()).toEqual({
      recorded: 5,
      acknowledged: 5,
      refused: {},
      dropped: dropped(),
      pending: 0,
      pendingOnDisk: 0,
    });
    expect(Object.fromEntries(database.stored)).toEqual({
      [` ${Method.GRPC} /count.v1.CountService/Add ${BUCKET - 1}`]: 1,
      [`admin ${Method.POST} /users ${BUCKET}`]: 1,
      [`shop ${Method.GET} /users/:id ${BUCKET}`]: 2,
      [`shop ${Method.OTHER} /dav ${BUCKET}`]: 1,
    });
  });

  test("never throws: what cannot be counted is dropped by reason", async () => {
    const { target } = await server();
    const counts = counter(target);
    const record = counts.record.bind(counts) as (...values: unknown[]) => void;
    record(undefined, "/");
    record("", "/");
    record(11, "/");
    record(Number.NaN, "/");
    record("GET", undefined);
    record("GET", Symbol("path"));
    record("GET", "/", null);
    record("GET", "/", "", "yesterday");
    record("GET", "/", "", Number.POSITIVE_INFINITY);
    record("GET", "");
    record("GET", "?only=query");
    record("GET", "/a\0b");
    record("GET", "/\ud800");
    record("GET", `/${"é".repeat(512)}`);
    record("GET", "/", "s".repeat(1_025));
    const report = await counts.close();
    expect(report).toEqual({
      recorded: 15,
      acknowledged: 0,
      refused: {},
      dropped: dropped({ invalid: 9, path_invalid: 5, service_invalid: 1 }),
      pending: 0,
      pendingOnDisk: 0,
    });
    record("GET", "/late");
    expect(counts.statistics().dropped.closed).toBe(1);
    expectInvariant(counts.statistics());
  });

  test("counts keys above the limit under (overflow), keeping service and method", async () => {
    const { target, database } = await server();
    const counts = counter(target, { maxKeys: 10 });
    for (let i = 0; i < 25; i++) counts.record("GET", `/${i}`, "shop");
    counts.record("PUT", "/new", "shop");
    const report = await counts.close();
    expect(report.acknowledged).toBe(26);
    expect(database.stored.get(`shop ${Method.GET} (overflow) ${BUCKET}`)).toBe(15);
    expect(database.stored.get(`shop ${Method.PUT} (overflow) ${BUCKET}`)).toBe(1);
    expect(database.stored.size).toBe(12);
  });

  test("keeps counting while no server is there, merges what waits, and delivers it when one comes", async () => {
    const gone = await server();
    const { port } = gone;
    gone.kill();
    let now = NOON;
    const counts = counter(`127.0.0.1:${port}`, { now: () => now });
    for (let quarter = 0; quarter < 4; quarter++) {
      now = NOON + quarter * 900_000;
      await until(() => {
        counts.record("GET", "/tick");
        return counts.statistics().openKeys === 2 * quarter + 1;
      });
      for (let i = 0; i < 9_999; i++) counts.record("GET", "/a");
    }
    const { recorded, pending, openKeys } = counts.statistics();
    expect({ pending, openKeys }).toEqual({ pending: recorded, openKeys: 8 });
    const back = new RecordServer(gone.database);
    await back.listen(port);
    cleanups.push(() => back.kill());
    await until(() => counts.statistics().acknowledged === recorded);
    expect(gone.database.applied).toBe(1);
    expect(gone.database.total).toBe(recorded);
  });

  test("resends what was not acknowledged, which the server does not count again", async () => {
    const { target, database, faults } = await server();
    const counts = counter(target, { delivery: { ackTimeoutMs: 50 } });
    counts.record("GET", "/warm");
    await until(() => counts.statistics().acknowledged === 1);
    faults.swallowAcks = true;
    counts.record("GET", "/a");
    await until(() => database.applied === 2);
    await until(() => counts.statistics().failures > 0);
    faults.swallowAcks = false;
    const report = await counts.close();
    expect(report).toMatchObject({ recorded: 2, acknowledged: 2, pending: 0 });
    expect(database.total).toBe(2);
  });

  test("does not count twice what a broken stream's server was still committing when it was sent again", async () => {
    const running = await server();
    const { database, faults } = running;
    const counts = counter(running.target);
    counts.record("GET", "/warm");
    await until(() => counts.statistics().acknowledged === 1);
    faults.delayMs = 100;
    counts.record("GET", "/a");
    await until(() => counts.statistics().batchesSent === 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    faults.delayMs = 0;
    running.cut();
    const report = await counts.close();
    expect(report).toMatchObject({ recorded: 2, acknowledged: 2, pending: 0 });
    await until(() => database.repeated === 1);
    expect(database.total).toBe(2);
  });

  test("warns once when the server refuses the client", async () => {
    const running = await server();
    running.denied = true;
    const lines: string[] = [];
    const counts = counter(running.target, { logger: logTo(lines) });
    counts.record("GET", "/a");
    await until(() => counts.statistics().failures >= 3);
    expect(lines).toEqual(["the server refuses this client, which goes on trying: UNAUTHENTICATED: who are you?"]);
    running.denied = false;
    expect(await counts.close()).toMatchObject({ acknowledged: 1, pending: 0 });
  });

  test("goes on when the host's token, clock or logger throw", async () => {
    const running = await server();
    let isBroken = true;
    const fail = (): never => {
      throw new Error("not now");
    };
    const counts = counter(running.target, {
      token: () => (isBroken ? fail() : "token"),
      now: () => (isBroken ? fail() : NOON),
      logger: { warn: fail, debug: fail },
    });
    counts.record("GET", "/a");
    counts.record("GET", "");
    await until(() => counts.statistics().failures >= 2);
    isBroken = false;
    expect(await counts.close()).toMatchObject({ recorded: 2, acknowledged: 1, pending: 0 });
  });

  test("tells what the server refused, by reason, even when the acknowledgement was lost", async () => {
    const database = new FakeDatabase();
    database.refusedPaths.add("/bad");
    const running = await server(database);
    running.faults.swallowAcks = true;
    const counts = counter(running.target, { delivery: { ackTimeoutMs: 50 } });
    for (let i = 0; i < 5; i++) counts.record("GET", "/bad");
    counts.record("GET", "/good");
    await until(() => database.applied === 1);
    running.faults.swallowAcks = false;
    const report = await counts.close();
    expect(report).toMatchObject({ recorded: 6, acknowledged: 6, refused: { path_invalid: 5 }, pending: 0 });
    expect(database.total).toBe(1);
  });

  test("takes a new client id when the server has forgotten what it acknowledged, and says so once", async () => {
    const running = await server();
    const lines: string[] = [];
    const counts = counter(running.target, { logger: logTo(lines) });
    counts.record("GET", "/a");
    await until(() => counts.statistics().acknowledged === 1);
    running.database.forgetClients();
    counts.record("GET", "/b");
    running.cut();
    const report = await counts.close();
    expect(report).toMatchObject({ recorded: 2, acknowledged: 2, pending: 0 });
    expect(running.database.total).toBe(2);
    expect(new Set(running.hellos).size).toBe(2);
    expect(lines).toEqual([
      "the server has forgotten this client: it had acknowledged batch 1, and now knows 0; what was acknowledged is not sent again, the rest is, under a new client id",
    ]);
  });

  test("moves on to another address when a server goes, without loss or doubling", async () => {
    const database = new FakeDatabase();
    const [first, second] = [await server(database), await server(database)];
    const counts = counter(`ipv4:${first.target},${second.target}`);
    for (let i = 0; i < 50; i++) {
      counts.record("GET", "/a");
      if (i === 20) first.kill();
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    const report = await counts.close();
    expect(report).toMatchObject({ recorded: 50, acknowledged: 50, pending: 0 });
    expect(database.total).toBe(50);
    expect(second.streams).toBeGreaterThan(0);
  });

  test("ends its stream in good order when it is old, and goes on with another", async () => {
    const database = new FakeDatabase();
    const [first, second] = [await server(database), await server(database)];
    const counts = counter(`ipv4:${first.target},${second.target}`, { delivery: { maxStreamAgeMs: 40 } });
    while (first.endedInOrder + second.endedInOrder < 4) {
      counts.record("GET", "/a");
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    const report = await counts.close();
    expect(counts.statistics().failures).toBe(0);
    expect(report.pending).toBe(0);
    expect(database.total).toBe(report.recorded);
    expect(Math.min(first.streams, second.streams)).toBeGreaterThan(0);
  });

  test("survives a server that closes its connections for their age", async () => {
    const options = { "grpc.max_connection_age_ms": 60, "grpc.max_connection_age_grace_ms": 60 };
    const running = await server(undefined, options);
    const counts = counter(running.target);
    while (running.streams < 5) {
      counts.record("GET", "/a");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const report = await counts.close();
    expect(report.pending).toBe(0);
    expect(running.database.total).toBe(report.recorded);
  });

  test("is answered for by Add where there is no Record, and says once what that loses", async () => {
    const running = await server();
    running.faults.unimplemented = true;
    running.refuseAdd = ({ path }) => path === "/bad";
    const lines: string[] = [];
    const counts = counter(running.target, { logger: logTo(lines) });
    for (let i = 0; i < 2_500; i++) counts.record("GET", "/a", "shop", NOON + 1_000);
    counts.record("PATCH", "/a");
    counts.record("PROPFIND", "/a");
    counts.record("GET", "/bad");
    const report = await counts.close();
    expect(report).toMatchObject({
      recorded: 2_503,
      acknowledged: 2_503,
      refused: { add_invalid_argument: 1 },
      pending: 0,
    });
    const methods = running.added.map(({ method }) => method);
    expect(methods.filter((method) => method === Method.GET).length).toBe(2_500);
    expect(methods.filter((method) => method === Method.METHOD_UNSPECIFIED).length).toBe(2);
    expect(running.added.every(({ requestTimestamp }) => requestTimestamp?.seconds === BigInt(NOON / 1_000))).toBe(
      true,
    );
    expect(lines).toEqual([expect.stringMatching(/^the server has no Record; requests are sent to it one by one/)]);
  });

  test("goes on with Record, under a new client id, once the server has it", async () => {
    const running = await server();
    running.faults.unimplemented = true;
    const counts = counter(running.target, { delivery: { addForMs: 100 } });
    counts.record("GET", "/a");
    await until(() => counts.statistics().acknowledged === 1);
    running.faults.unimplemented = false;
    await new Promise((resolve) => setTimeout(resolve, 120));
    counts.record("GET", "/b");
    const report = await counts.close();
    expect(report).toMatchObject({ recorded: 2, acknowledged: 2, pending: 0 });
    expect(running.added.length).toBe(1);
    expect(running.database.total).toBe(1);
  });

  test("gives up within the limit when the server does not answer, and says what is pending", async () => {
    const running = await server();
    running.faults.muteHello = true;
    const counts = counter(running.target);
    for (let i = 0; i < 7; i++) counts.record("GET", "/a");
    const before = performance.now();
    const report = await counts.close({ limitMs: 100 });
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(report).toMatchObject({ recorded: 7, acknowledged: 0, pending: 7 });
    expect(await counts.close()).toBe(report);
  });

  test("drops as expired what has waited for a day, in whatever way the wall clock jumps", async () => {
    let now = NOON;
    let monotonic = 0;
    const counts = counter("127.0.0.1:1", { now: () => now, monotonicNow: () => monotonic });
    counts.record("GET", "/old");
    now += 900_000;
    await until(() => {
      counts.record("GET", "/new");
      return counts.statistics().openKeys === 2;
    });
    // Far forward and far back: nothing is as old as the wall clock says.
    now += 400 * 86_400_000;
    counts.record("GET", "/new");
    await new Promise((resolve) => setTimeout(resolve, 30));
    now = NOON;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(counts.statistics().dropped).toEqual(dropped());
    monotonic += 86_400_001;
    await until(() => counts.statistics().dropped.expired > 0);
    const statistics = counts.statistics();
    expectInvariant(statistics);
    expect(statistics.pending).toBe(0);
  });

  test("sends a token with every stream, and tells its statistics to Prometheus", async () => {
    const running = await server();
    let token = "first";
    const counts = counter(running.target, { token: () => token });
    counts.record("GET", "/a");
    await until(() => counts.statistics().acknowledged === 1);
    expect(running.lastMetadata?.get("authorization")).toEqual(["Bearer first"]);
    token = "second";
    running.cut();
    counts.record("GET", "/a");
    await until(() => counts.statistics().acknowledged === 2);
    expect(running.lastMetadata?.get("authorization")).toEqual(["Bearer second"]);
    const text = counts.prometheus();
    expect(text).toContain("# TYPE count_client_recorded_total counter\ncount_client_recorded_total 2\n");
    expect(text).toContain('count_client_dropped_total{reason="queue_full"} 0\n');
    expect(text).toContain("# TYPE count_client_refused_total counter\n# HELP");
  });

  test("names the option that is wrong, its value and what is accepted", () => {
    expect(() => createCounter({ target: "count" })).toThrow(
      'target "count" is not host:port or a gRPC name such as dns:///count:7777',
    );
    expect(() => createCounter({ target: "count:7777", maxKeys: 0 })).toThrow(
      "maxKeys 0 is not a whole number of 1 to 100000",
    );
    expect(() => createCounter({ target: "count:7777", delivery: { ackTimeoutMs: -1 } })).toThrow(
      "delivery.ackTimeoutMs -1 is not 1 to 2147483647",
    );
    expect(() => createCounter({ target: "count:7777", tls: { caFile: "no-such-file" } })).toThrow(
      /^tls: .*ENOENT: no such file or directory, open 'no-such-file'$/,
    );
    expect(() => createCounter({ target: "count:7777", tls: { certFile: "a" } })).toThrow(
      "tls.certFile (a) and tls.keyFile (not set) go together",
    );
  });

  test("is closed by await using", async () => {
    const running = await server();
    {
      await using counts = createCounter({ target: running.target, now: () => NOON });
      counts.record("GET", "/a");
    }
    expect(running.database.total).toBe(1);
  });
});
