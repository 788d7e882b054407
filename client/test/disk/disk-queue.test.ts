import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Counter, type CounterOptions, createCounter } from "../../src/index.ts";
import { ended, runChild } from "../support/child.ts";
import { FakeDatabase, RecordServer } from "../support/record-server.ts";
import { dropped, expectInvariant, sumOf } from "../support/statistics.ts";
import { until } from "../support/until.ts";

const NOWHERE = "127.0.0.1:1";

let directory = "";
let lines: string[] = [];
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "count-queue-"));
  lines = [];
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(directory, { recursive: true, force: true });
});

function counter(target: string, options: Partial<CounterOptions> = {}): Counter {
  const made = createCounter({
    target,
    sealAfterMs: 5,
    flushAtExitMs: 0,
    logger: { warn: (line) => lines.push(line), debug: () => undefined },
    diskQueue: { directory, fsync: "never" },
    ...options,
    delivery: { minBackoffMs: 5, maxBackoffMs: 20, ...options.delivery },
  });
  cleanups.push(() => made.close({ limitMs: 0 }));
  return made;
}

async function server(database?: FakeDatabase): Promise<RecordServer> {
  const started = await RecordServer.start(database);
  cleanups.push(() => started.kill());
  return started;
}

/** Leaves `batches` batches of 10 requests in the queue, of a process that found no server. */
async function leave(batches: number, options: Partial<CounterOptions> = {}): Promise<void> {
  const counts = counter(NOWHERE, options);
  const { recovered } = counts.statistics();
  for (let i = 0; i < batches; i++) {
    for (let n = 0; n < 10; n++) counts.record("GET", `/${i}`);
    await until(() => counts.statistics().pendingOnDisk === recovered + 10 * (i + 1));
  }
  const pending = recovered + 10 * batches;
  expect(await counts.close({ limitMs: 0 })).toMatchObject({ pending, pendingOnDisk: pending });
}

function segments(): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".segment"))
    .map((name) => join(directory, name))
    .sort();
}

describe("the queue on disk", () => {
  test("keeps what could not be delivered for the next process, under the client id that it had", async () => {
    await leave(3);
    const { clientId } = JSON.parse(readFileSync(join(directory, "life-000000001", "identity.json"), "utf8")) as {
      clientId: string;
    };
    const running = await server();
    const counts = counter(running.target);
    expect(counts.statistics()).toMatchObject({ recorded: 30, recovered: 30, pendingOnDisk: 30 });
    counts.record("GET", "/new");
    const report = await counts.close();
    expect(report).toEqual({
      recorded: 31,
      acknowledged: 31,
      refused: {},
      dropped: dropped(),
      pending: 0,
      pendingOnDisk: 0,
    });
    expect(running.hellos[0]).toBe(clientId);
    expect(running.database.total).toBe(31);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each(["batch", "interval", "never"] as const)("delivers with fsync %s", async (fsync) => {
    const running = await server();
    const counts = counter(running.target, { diskQueue: { directory, fsync } });
    for (let i = 0; i < 2_500; i++) counts.record("GET", `/${i % 1_500}`);
    expect(await counts.close()).toMatchObject({ recorded: 2_500, acknowledged: 2_500, pending: 0 });
    expect(running.database.total).toBe(2_500);
  });

  test("does not count again what an earlier process had sent and was not answered for", async () => {
    const running = await server();
    running.faults.swallowAcks = true;
    const first = counter(running.target);
    for (let i = 0; i < 10; i++) first.record("GET", "/a");
    await until(() => running.database.applied === 1);
    expect(await first.close({ limitMs: 0 })).toMatchObject({ acknowledged: 0, pendingOnDisk: 10 });
    running.faults.swallowAcks = false;
    const second = counter(running.target);
    second.record("GET", "/b");
    expect(await second.close()).toMatchObject({ recorded: 11, acknowledged: 11, pending: 0 });
    expect(running.database.total).toBe(11);
  });

  test("recovers what is before a torn tail, and says how many bytes were cut", async () => {
    await leave(3);
    const [segment] = segments();
    truncateSync(segment!, statSync(segment!).size - 5);
    const { database, target } = await server();
    const counts = counter(target);
    expect(counts.statistics()).toMatchObject({ recovered: 20 });
    expect(lines).toEqual([
      expect.stringMatching(
        /life-000000001: \d+ bytes at the end were torn or damaged and are lost; 2 batches with 20 requests are delivered$/,
      ),
    ]);
    expect(await counts.close()).toMatchObject({ acknowledged: 20, pending: 0 });
    expect(database.total).toBe(20);
  });

  test("never gives the numbers of a torn tail to other batches", async () => {
    const running = await server();
    running.faults.swallowAcks = true;
    const first = counter(running.target);
    for (let i = 0; i < 3; i++) {
      first.record("GET", `/${i}`);
      await until(() => running.database.applied === i + 1);
    }
    await first.close({ limitMs: 0 });
    running.faults.swallowAcks = false;
    // A power loss takes what the server has already.
    truncateSync(segments()[0]!, 0);
    const second = counter(running.target);
    second.record("GET", "/new");
    expect(await second.close()).toMatchObject({ recorded: 1, acknowledged: 1 });
    expect(running.database.total).toBe(4);
  });

  test("goes on behind damage in the middle, closing the gap in the numbers", async () => {
    await leave(40, { diskQueue: { directory, fsync: "never", maxBytes: 65_536 } });
    // The segments of so small a queue are 8 KiB; there is one, so cut it into two by hand.
    const [segment] = segments();
    const bytes = readFileSync(segment!);
    const half = recordBoundary(bytes, 20);
    writeFileSync(segment!, bytes.subarray(0, half - 3));
    writeFileSync(segment!.replace("000000000001.segment", "000000000021.segment"), bytes.subarray(half));
    const { database, target } = await server();
    const counts = counter(target);
    expect(counts.statistics().recovered).toBe(390);
    expect(await counts.close()).toMatchObject({ acknowledged: 390, pending: 0 });
    expect(database.total).toBe(390);
    expect(database.applied).toBe(40);
  });

  test("ignores bytes that were never a batch", async () => {
    await leave(1);
    appendFileSync(segments()[0]!, Buffer.alloc(4_096));
    const { database, target } = await server();
    expect(await counter(target).close()).toMatchObject({ recorded: 10, acknowledged: 10 });
    expect(database.total).toBe(10);
    expect(lines[0]).toContain("4096 bytes at the end were torn or damaged");
  });

  test("takes a new client id, on disk, when the server has forgotten it", async () => {
    const database = new FakeDatabase();
    const running = await server(database);
    const counts = counter(running.target);
    counts.record("GET", "/a");
    await until(() => counts.statistics().acknowledged === 1);
    running.faults.cutBefore = 1;
    counts.record("GET", "/b");
    await until(() => counts.statistics().pendingOnDisk === 1);
    database.forgetClients();
    await until(() => new Set(running.hellos).size === 2);
    await counts.close({ limitMs: 0 });
    running.faults.cutBefore = 0;
    const next = counter(running.target);
    expect(await next.close()).toMatchObject({ recorded: 1, acknowledged: 1 });
    expect(database.total).toBe(2);
    expect(new Set(running.hellos).size).toBe(2);
    expect(lines.filter((line) => line.startsWith("the server has forgotten this client")).length).toBe(1);
  });

  test("waits in memory when it is full, and loses nothing", async () => {
    const gone = await server();
    const { port, database } = gone;
    gone.kill();
    const counts = counter(gone.target, { diskQueue: { directory, maxBytes: 65_536, fsync: "never" } });
    for (let i = 0; i < 5_000; i++) {
      counts.record("GET", `/${"x".repeat(200)}${i % 500}`);
      if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 8));
    }
    await until(() => lines.length > 0);
    expect(lines[0]).toContain("is full (65536 bytes); what is recorded waits in memory");
    const { diskBytes, pendingOnDisk, pending } = counts.statistics();
    expect(diskBytes).toBeLessThan(65_536 + 150_000);
    expect(pendingOnDisk).toBeLessThan(pending);
    const back = new RecordServer(database);
    await back.listen(port);
    cleanups.push(() => back.kill());
    expect(await counts.close({ limitMs: 10_000 })).toMatchObject({ recorded: 5_000, acknowledged: 5_000, pending: 0 });
    expect(database.total).toBe(5_000);
  });

  test("gives up what is older than a day, and delivers what is not", async () => {
    await leave(2, { now: () => Date.now() - 90_000_000 });
    await leave(1);
    const { database, target } = await server();
    const report = await counter(target).close();
    expect(report).toMatchObject({ recorded: 30, acknowledged: 10, pending: 0, dropped: dropped({ expired: 20 }) });
    expectInvariant(report);
    expect(database.total).toBe(10);
  });

  test("accounts for refusals of this process only", async () => {
    const database = new FakeDatabase();
    database.refusedPaths.add("/bad");
    const running = await server(database);
    const first = counter(running.target);
    first.record("GET", "/bad");
    await until(() => first.statistics().acknowledged === 1);
    running.faults.swallowAcks = true;
    first.record("GET", "/bad");
    await until(() => database.applied === 2);
    await first.close({ limitMs: 0 });
    running.faults.swallowAcks = false;
    const report = await counter(running.target).close();
    expect(report).toMatchObject({ recorded: 1, acknowledged: 1, refused: { path_invalid: 1 } });
  });

  test("belongs to one process at a time", async () => {
    const counts = counter(NOWHERE);
    expect(() => counter(NOWHERE)).toThrow(
      `diskQueue.directory ${directory} belongs to process ${process.pid} on ${hostname()}, which is alive`,
    );
    await counts.close({ limitMs: 0 });
    await counter(NOWHERE).close({ limitMs: 0 });
  });

  test("is taken over from a process that was killed, and from a host that has been silent", async () => {
    const owner = join(directory, "owner.json");
    writeFileSync(owner, JSON.stringify({ host: "elsewhere", pid: 1, start: "" }));
    expect(() => counter(NOWHERE)).toThrow("belongs to process 1 on elsewhere, which is alive");
    const minuteAgo = new Date(Date.now() - 60_000);
    utimesSync(owner, minuteAgo, minuteAgo);
    await counter(NOWHERE).close({ limitMs: 0 });
    expect(existsSync(owner)).toBe(false);
  });

  test("names what is wrong with its options", () => {
    expect(() => counter(NOWHERE, { diskQueue: { directory, maxBytes: 1 } })).toThrow(
      "diskQueue.maxBytes 1 is below 65536",
    );
    writeFileSync(join(directory, "file"), "");
    expect(() => counter(NOWHERE, { diskQueue: { directory: join(directory, "file", "queue") } })).toThrow("ENOTDIR");
  });

  test("survives SIGKILL: what was sealed is counted once, what was not is lost as a whole", async () => {
    const running = await server();
    const random = (): number => Math.random();
    const script = `
      const counter = createCounter({ ...argument, logger: { warn() {}, debug() {} } });
      let burst = 0;
      setInterval(() => {
        for (let i = 0; i < 10; i++) counter.record("GET", argument.name + burst);
        burst++;
        const { acknowledged, pendingOnDisk, recovered } = counter.statistics();
        say(String(acknowledged + pendingOnDisk - recovered));
      }, 1);
    `;
    let sealed = 0;
    for (let round = 0; round < 5; round++) {
      running.faults.swallowAcks = round % 2 === 1;
      const child = runChild(script, {
        target: running.target,
        name: `/${round}-`,
        sealAfterMs: 4,
        diskQueue: { directory, fsync: "never" },
        delivery: { minBackoffMs: 5, maxBackoffMs: 20, ackTimeoutMs: 50 },
      });
      await until(() => child.lines.length > 30 + 40 * random());
      child.kill("SIGKILL");
      expect(await ended(child)).toBe("SIGKILL");
      sealed += Number(child.lines.at(-1));
    }
    running.faults.swallowAcks = false;
    const counts = counter(running.target);
    const report = await counts.close({ limitMs: 20_000 });
    expectInvariant(report);
    expect({ pending: report.pending, lost: sumOf(report.dropped) }).toEqual({ pending: 0, lost: 0 });
    expect(new Set(running.database.stored.values())).toEqual(new Set([10]));
    expect(running.database.total).toBeGreaterThanOrEqual(sealed);
    expect(sealed).toBeGreaterThan(0);
  });
});

/** Where the n-th record ends. */
function recordBoundary(bytes: Buffer, n: number): number {
  let offset = 0;
  for (let i = 0; i < n; i++) offset += 8 + bytes.readUInt32LE(offset);
  return offset;
}
