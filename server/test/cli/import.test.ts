import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { FakeCount } from "../support/fake-count.ts";
import { runCount, spawnCount } from "../support/run-count.ts";

const SAMPLE = fileURLToPath(new URL("../../../examples/access.log", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-import-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function line(path: string): string {
  return `192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET ${path} HTTP/1.1" 200 1\n`;
}

/** What an import says of a server that has no Record, as the fake. */
function noRecord({ address }: FakeCount): string {
  return (
    `count import: the server at ${address} has no Record: whatever is imported again, be it because this import is ` +
    "interrupted, counts again\n"
  );
}

const EMPTY = {
  dryRun: false,
  countsOnce: false,
  countedBefore: 0,
  daysIncludeRefused: 0,
  service: "",
  blank: 0,
  uncertain: 0,
  unsent: 0,
  pathsAreAtLeast: false,
  interrupted: false,
  failure: null,
  faults: [],
};

describe("count import into a server without Record", () => {
  test("reports what a log holds without sending it", async () => {
    expect(await runCount(["import", "--dry-run", SAMPLE])).toEqual({
      code: 0,
      stdout: [
        `What importing ${SAMPLE} would count:`,
        "",
        "  62  lines",
        "  61  counted",
        "   1  refused",
        "",
        "Refused:",
        "  1 line: not a line of the Common or Combined Log Format",
        `    ${SAMPLE}:41`,
        "",
        "DAY         REQUESTS",
        "2026-03-09        23",
        "2026-03-10        24",
        "2026-03-11        14",
        "",
        "Methods: GET 52, POST 4, PATCH 3, DELETE 1, OPTIONS 1. Different paths: 11.",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  test("counts files and standard input, plain and gzip, as a service's", async () => {
    await using fake = await FakeCount.start();
    const args = ["import", "--server", fake.address, "--service", "shop", await file("a.log", line("/a?x=1")), "-"];
    expect(await runCount(args, { stdin: gzipSync(line("/b")) })).toEqual({
      code: 0,
      stdout: [
        `Imported ${folder}/a.log, standard input into ${fake.address}:`,
        "",
        "  2  lines",
        "  2  counted",
        "  0  refused",
        "",
        "DAY         REQUESTS",
        "2015-05-17         2",
        "",
        "Methods: GET 2. Different paths: 2.",
        "",
        "Next: `count rollup` closes the days, `count totals --period 2015-05 --top 10` shows them.",
        "",
      ].join("\n"),
      stderr: noRecord(fake),
    });
    expect(fake.stored.map(({ path, service }) => [path, service])).toEqual([
      ["/a", "shop"],
      ["/b", "shop"],
    ]);
  });

  test("reads standard input when no file is named, and prints JSON", async () => {
    await using fake = await FakeCount.start({ refuse: ({ path }) => (path === "/c" ? "path: no" : undefined) });
    const stdin = `${line("/b")}\n${line("/c")}nonsense\n`;
    const { code, stdout, stderr } = await runCount(["import", "--server", fake.address, "--json"], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: noRecord(fake) });
    expect(JSON.parse(stdout)).toEqual({
      ...EMPTY,
      files: ["standard input"],
      server: fake.address,
      lines: 4,
      counted: 1,
      refused: 2,
      blank: 1,
      refusals: [
        {
          reason: "no-log-line",
          text: "not a line of the Common or Combined Log Format",
          count: 1,
          first: [{ file: "standard input", line: 4 }],
        },
        {
          reason: "server",
          text: "the server refused it",
          count: 1,
          first: [{ file: "standard input", line: 3, detail: "path: no" }],
        },
      ],
      days: [{ day: "2015-05-17", requests: 1 }],
      methods: { GET: 1 },
      paths: 1,
    });
  });

  test("ends with 5 when a line was refused and it must not be", async () => {
    await using fake = await FakeCount.start();
    const { code } = await runCount(["import", "--strict", "--server", fake.address], { stdin: `x\n${line("/a")}` });
    expect({ code, stored: fake.stored.length }).toEqual({ code: 5, stored: 1 });
  });

  test("says of a file that is no log that it is none, with 5", async () => {
    const binary = await file(
      "photo.jpg",
      Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7919) % 256)),
    );
    const { code, stderr } = await runCount(["import", "--dry-run", binary]);
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: "count import: no line was counted. Is it an access log in the Common or Combined Log Format?\n",
    });
  });

  test("takes an empty log for what it is", async () => {
    const { code, stdout, stderr } = await runCount(["import", "--dry-run"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "What importing standard input would count:\n\n  0  lines\n  0  counted\n  0  refused\n",
      stderr: "",
    });
  });

  test("names every missing file before it sends anything, with 2", async () => {
    await using fake = await FakeCount.start();
    const good = await file("good.log", line("/a"));
    const args = ["import", "--server", fake.address, good, `${folder}/x`, `${folder}/y`];
    expect(await runCount(args)).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "count import: nothing was sent, because not every log can be read:\n" +
        `${folder}/x: there is no such file\n${folder}/y: there is no such file\n(count import --help says more)\n`,
    });
    expect(fake.stored).toEqual([]);
  });

  test("counts the lines before the end of a gzip file that was cut off, and says so with 5", async () => {
    await using fake = await FakeCount.start();
    const whole = gzipSync(line("/a") + line("/b"));
    const cut = await file("cut.gz", whole.subarray(0, whole.length - 8));
    const { code, stderr } = await runCount(["import", "--server", fake.address, cut]);
    expect({ code, stderr, stored: fake.stored.length }).toEqual({
      code: 5,
      stderr: `${noRecord(fake)}count import: ${cut}: the gzip data ends early; the lines before that were read\n`,
      stored: 2,
    });
  });

  test("says which lines are uncertain when the server disappears, with 4", async () => {
    await using fake = await FakeCount.start({ dieAfter: 3 });
    const stdin = Array.from({ length: 10 }, (_, index) => line(`/${index}`)).join("");
    const { code, stdout, stderr } = await runCount(["import", "--server", fake.address], { stdin });
    expect(code).toBe(4);
    expect(stdout).toContain("  10  lines\n   0  counted\n   0  refused\n  10  uncertain: sent, not answered\n");
    expect(stderr).toContain(
      "count import: whether lines 1 to 10 of standard input were counted is not known: they were sent, and the answer never came\n",
    );
  });

  test("says why a server could not answer, with 4", async () => {
    await using fake = await FakeCount.start({ failAdd: new CountError("unavailable", "the database is away") });
    const { code, stderr } = await runCount(["import", "--server", fake.address], { stdin: line("/a") });
    expect(code).toBe(4);
    expect(stderr).toContain(
      `the server at ${fake.address} is not available: the database is away\nTry again later.\n`,
    );
  });

  test("interrupted, reports what is stored and ends with 130", async () => {
    let onStored = (): void => undefined;
    const stored = new Promise<void>((resolve) => {
      onStored = resolve;
    });
    await using fake = await FakeCount.start({ onStored: (requests) => requests >= 5_000 && onStored() });
    const child = spawnCount(["import", "--server", fake.address, "--json", "-"]);
    const results = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    // More than a segment, so that some are stored while the rest is still to come.
    child.stdin.write(Array.from({ length: 7_000 }, (_, index) => line(`/${index % 10}`)).join(""));
    await stored;
    child.kill("SIGINT");
    const [stdout, stderr, exit] = await results;
    const code = exit[0] as number | null;
    const report = JSON.parse(stdout) as { lines: number; counted: number; unsent: number; interrupted: boolean };
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: `${noRecord(fake)}count import: interrupted; what is reported as counted is stored\n`,
    });
    expect(report).toMatchObject({ counted: 5_000, interrupted: true });
    expect(report.counted + report.unsent).toBe(report.lines);
    expect(fake.stored.length).toBe(5_000);
    child.stdin.destroy();
  });
});
