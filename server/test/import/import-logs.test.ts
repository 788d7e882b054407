import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CountError } from "../../src/domain/count-error.ts";
import { drySink } from "../../src/import/dry-sink.ts";
import { importLogs } from "../../src/import/import-logs.ts";
import { type LogSource, logSources } from "../../src/import/log-source.ts";
import type { Sink } from "../../src/import/sink.ts";
import { Tally } from "../../src/import/tally.ts";

function line(path: string, day = 17): string {
  return `192.0.2.1 - - [${day}/May/2015:10:05:03 +0000] "GET ${path} HTTP/1.1" 200 1\n`;
}

async function stdin(...chunks: (string | Buffer)[]): Promise<LogSource[]> {
  return logSources(["-"], Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
}

async function run(
  sources: readonly LogSource[],
  sinkOf: (tally: Tally) => Sink = drySink,
  signal = new AbortController().signal,
) {
  const tally = new Tally();
  const end = await importLogs({ sources, sink: sinkOf(tally), tally, maxPathBytes: 256, signal });
  return { tally, end };
}

describe("an import", () => {
  test("tells lines, days, methods, paths, and the first few places of what was refused", async () => {
    const broken = Array.from({ length: 7 }, () => "broken\n").join("");
    const { tally, end } = await run(
      await stdin(line("/a?1"), `\r\n${line("/a?2", 18)}`, broken, line("/b").trimEnd()),
    );
    expect(end).toEqual({ faults: [], failure: undefined, interrupted: false });
    expect({ lines: tally.lines, blank: tally.blank, counted: tally.countedRequests, paths: tally.paths }).toEqual({
      lines: 11,
      blank: 1,
      counted: 3,
      paths: 2,
    });
    expect([...tally.days]).toEqual([
      [16_572, 2],
      [16_573, 1],
    ]);
    expect([...tally.methods]).toEqual([[Method.GET, 3]]);
    expect([...tally.refusals]).toEqual([
      ["no-log-line", { count: 7, examples: [4, 5, 6, 7, 8].map((at) => ({ source: 0, line: at, detail: "" })) }],
    ]);
  });

  test("goes on after a line of a megabyte, and after binary garbage", async () => {
    const chunks = [line("/a"), "x".repeat(1_048_576), "\n", Buffer.from([0, 255, 10, 0, 13, 10]), line("/b")];
    const { tally } = await run(await stdin(...chunks));
    expect({ lines: tally.lines, counted: tally.countedRequests }).toEqual({ lines: 5, counted: 2 });
    expect([...tally.refusals].map(([reason, { count, examples }]) => [reason, count, examples[0]?.line])).toEqual([
      ["line-too-long", 1, 2],
      ["no-log-line", 2, 3],
    ]);
  });

  test("counts what comes before the end of a gzip file that was cut off, and refuses the line that it ends in", async () => {
    const text = Array.from({ length: 5_000 }, (_, index) => line(`/${index * 7919}`)).join("");
    const whole = gzipSync(text);
    const { tally, end } = await run(await stdin(whole.subarray(0, whole.length - 1_000)));
    expect(end.faults.map(({ source, error }) => [source, error.message])).toEqual([
      ["standard input", "the gzip data ends early; the lines before that were read"],
    ]);
    expect(tally.countedRequests).toBeGreaterThan(4_000);
    expect(tally.lines).toBe(tally.countedRequests + 1);
    expect(tally.refusals.get("cut-off")?.examples).toEqual([{ source: 0, line: tally.lines, detail: "" }]);
  });

  test("goes on with the next file when one cannot be read to its end", async () => {
    async function* read() {
      yield Buffer.from(line("/a"));
      throw new CountError("invalid", "gone");
    }
    const failing: LogSource = { name: "bad", size: undefined, read, readStored: read };
    const { tally, end } = await run([failing, ...(await stdin(line("/b")))]);
    expect(end.faults.map(({ source, error }) => `${source}: ${error.message}`)).toEqual(["bad: gone"]);
    expect(tally.countedRequests).toBe(2);
  });

  test("waits while its sink is full", async () => {
    const events: string[] = [];
    const slow = (tally: Tally): Sink => ({
      add: (request) => {
        events.push(`add ${request.path}`);
        return new Promise((resolve) => {
          setImmediate(() => {
            events.push(`room ${request.path}`);
            tally.counted(request);
            resolve();
          });
        });
      },
      finish: async () => void events.push("finish"),
      stop: async () => undefined,
    });
    const { tally } = await run(await stdin(line("/a") + line("/b")), slow);
    expect(events).toEqual(["add /a", "room /a", "add /b", "room /b", "finish"]);
    expect(tally.countedRequests).toBe(2);
  });

  test("ends with its sink's failure, and stops it", async () => {
    const stopped: number[] = [];
    const failing = (tally: Tally): Sink => ({
      add: () => {
        tally.unsent();
        throw new CountError("unavailable", "away");
      },
      finish: async () => undefined,
      stop: async (limitMs) => void stopped.push(limitMs),
    });
    const { tally, end } = await run(await stdin(line("/a") + line("/b")), failing);
    expect(end.failure?.message).toBe("away");
    expect({ lines: tally.lines, stopped }).toEqual({ lines: 1, stopped: [10_000] });
  });

  test("interrupted while its sink is full, stops it and reads no further", async () => {
    const abort = new AbortController();
    const stuck = (tally: Tally): Sink => ({
      add: (request) => {
        tally.uncertain(request);
        setImmediate(() => abort.abort());
        return new Promise(() => undefined);
      },
      finish: async () => undefined,
      stop: async () => undefined,
    });
    const { tally, end } = await run(await stdin(line("/a") + line("/b")), stuck, abort.signal);
    expect(end.interrupted).toBe(true);
    expect({ lines: tally.lines, uncertain: tally.uncertainRequests }).toEqual({ lines: 1, uncertain: 1 });
  });

  test("accounts for every line, whatever the bytes", async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom("\n", "\r\n", line("/a"), line("/b?c"), line("?"), "broken\n").map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        // Bytes that look like compression have tests of their own.
        const { tally, end } = await run(await stdin("\n", ...pieces));
        const bytes = Buffer.concat(pieces).toString("latin1");
        const lines = 1 + bytes.split("\n").length - (bytes.endsWith("\n") || bytes === "" ? 1 : 0);
        expect(end.faults).toEqual([]);
        expect(tally.lines).toBe(lines);
        expect(tally.countedRequests + tally.refusedLines + tally.blank).toBe(lines);
      }),
    );
  });
});
