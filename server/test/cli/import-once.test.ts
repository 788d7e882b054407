import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { ServeChild } from "../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { runCount, spawnCount } from "../support/run-count.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SAMPLE = fileURLToPath(new URL("../../../examples/access.log", import.meta.url));
const LINES = 120_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function database(): Promise<TestDatabaseUrl> {
  const own = await testDatabaseUrl();
  cleanups.push(() => own.close());
  return own;
}

async function serve(url: string, ...flags: string[]): Promise<{ child: ServeChild; address: string }> {
  const child = new ServeChild(["--drain-delay-ms", "0", ...flags], { DB_URL: url });
  cleanups.push(() => child[Symbol.asyncDispose]());
  const { grpc } = await child.ready();
  return { child, address: `${grpc.host}:${grpc.port}` };
}

interface Report {
  lines: number;
  counted: number;
  countedBefore: number;
  refused: number;
  uncertain: number;
  unsent: number;
  countsOnce: boolean;
  failure: string | null;
}

async function importJson(address: string, args: readonly string[], stdin?: Buffer) {
  const options = stdin === undefined ? {} : { stdin };
  const { code, stdout, stderr } = await runCount(["import", "--json", "--server", address, ...args], options);
  if (stdout === "") throw new Error(stderr);
  const { lines, counted, countedBefore, refused } = JSON.parse(stdout) as Report;
  return { code, lines, counted, countedBefore, refused };
}

/** Everything that a server holds, of whatever day. */
async function total(address: string): Promise<number> {
  const args = ["totals", "--server", address, "--from", "2015", "--pending", "--json"];
  const { stdout, stderr } = await runCount(args);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { count: number }[]).reduce((sum, { count }) => sum + count, 0);
}

/** A log of many batches: a batch has 5,000 requests, or 1,000 different ones. */
async function bigLog(): Promise<string> {
  const folder = await temporaryFolder("count-once-");
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "big.log");
  const line = (index: number) => `192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /${index % 1_500} HTTP/1.1" 200 1\n`;
  await writeFile(file, Array.from({ length: LINES }, (_, index) => line(index)).join(""));
  return file;
}

/** Resolves when something of an import is stored. */
async function stored(db: TestDatabaseUrl): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ n: bigint }>("select count(*) as n from count.clients where last_number > 2");
    if (row!.n > 0n) return;
  }
}

describe("count import into a server with Record", () => {
  test("counts a log once, as a file, compressed, or piped in, and says what was counted before", async () => {
    const { address } = await serve((await database()).url);
    const whole = { code: 0, lines: 62, refused: 1 };
    expect(await importJson(address, [SAMPLE])).toEqual({ ...whole, counted: 61, countedBefore: 0 });
    expect(await importJson(address, [SAMPLE])).toEqual({ ...whole, counted: 0, countedBefore: 61 });
    const gzip = gzipSync(await readFile(SAMPLE));
    expect(await importJson(address, ["-"], gzip)).toEqual({ ...whole, counted: 0, countedBefore: 61 });
    expect(await total(address)).toBe(61);
    const { stdout } = await runCount(["import", "--server", address, SAMPLE, SAMPLE]);
    expect(stdout).toContain("  124  lines\n    0  counted\n  122  already counted before\n    2  refused\n");
    expect(await importJson(address, ["--service", "shop", SAMPLE])).toMatchObject({ counted: 61, countedBefore: 0 });
    expect(await total(address)).toBe(122);
  }, 60_000);

  test("goes on where an import was killed", async () => {
    const db = await database();
    const { address } = await serve(db.url);
    const file = await bigLog();
    const child = spawnCount(["import", "--no-progress", "--server", address, file]);
    const closed = once(child, "close");
    await stored(db);
    child.kill("SIGKILL");
    await closed;
    const before = await total(address);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(LINES);
    const { counted, countedBefore, ...rest } = await importJson(address, [file]);
    expect(rest).toEqual({ code: 0, lines: LINES, refused: 0 });
    expect(counted + countedBefore).toBe(LINES);
    expect(countedBefore).toBeGreaterThanOrEqual(before);
    expect(await total(address)).toBe(LINES);
  }, 60_000);

  test("outlives a server that is killed and started again", async () => {
    const db = await database();
    const port = await freePort();
    const first = await serve(db.url, "--grpc-address", `127.0.0.1:${port}`);
    const child = spawnCount(["import", "--json", "--no-progress", "--server", first.address, await bigLog()]);
    const results = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    await stored(db);
    first.child.child.kill("SIGKILL");
    await first.child.exited();
    const second = await serve(db.url, "--grpc-address", `127.0.0.1:${port}`);
    const [stdout, stderr, exit] = await results;
    const { lines, counted, countedBefore, failure } = JSON.parse(stdout) as Report;
    expect({ code: exit[0] as number | null, stderr, lines, counted, countedBefore, failure }).toEqual({
      code: 0,
      stderr: "",
      lines: LINES,
      counted: LINES,
      countedBefore: 0,
      failure: null,
    });
    expect(await total(second.address)).toBe(LINES);
  }, 60_000);

  test("interrupted, says how to go on, and leaves nothing that is counted twice", async () => {
    const db = await database();
    const { address } = await serve(db.url);
    const file = await bigLog();
    const child = spawnCount(["import", "--json", "--no-progress", "--server", address, file]);
    const results = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    await stored(db);
    child.kill("SIGINT");
    const [stdout, stderr, exit] = await results;
    const report = JSON.parse(stdout) as Report;
    expect({ code: exit[0] as number | null, stderr }).toEqual({
      code: 130,
      stderr:
        "count import: interrupted; what is reported as counted is stored\n" +
        "count import: import the same again to count the rest; nothing is counted twice\n",
    });
    expect(report.counted + report.unsent).toBe(report.lines);
    expect(await total(address)).toBe(report.counted);
    expect(await importJson(address, [file])).toMatchObject({ counted: LINES - report.counted });
    expect(await total(address)).toBe(LINES);
  }, 60_000);

  test("reports what the server refuses by its reason, once and again", async () => {
    const { address } = await serve((await database()).url, "--max-path-bytes", "10");
    const path = (name: string) => `192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /${name} HTTP/1.1" 200 1\n`;
    const stdin = path("short") + path("x".repeat(20)) + path("x".repeat(20));
    const first = await runCount(["import", "--server", address], { stdin });
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain("  3  lines\n  1  counted\n  2  refused\n");
    expect(first.stdout).toContain("Refused:\n  2 lines: the server refused it (path invalid 2)\n");
    expect(first.stdout).toContain("Days and methods include the 2 lines that the server refused: ");
    expect(first.stderr).toMatch(/^count import: the server refuses requests \(path_invalid\), such as .+\n$/);
    expect(await importJson(address, [], Buffer.from(stdin))).toEqual({
      code: 0,
      lines: 3,
      counted: 0,
      countedBefore: 1,
      refused: 2,
    });
    expect(await total(address)).toBe(1);
  }, 60_000);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
