import { Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CountError } from "../../src/domain/count-error.ts";
import { AddSink, type AddSinkOptions } from "../../src/import/add-sink.ts";
import type { SourcedRequest } from "../../src/import/sink.ts";
import { Tally } from "../../src/import/tally.ts";
import { FakeCount } from "../support/fake-count.ts";

function request(line: number, path = `/${line}`): SourcedRequest {
  return { method: Method.GET, path, seconds: 1_431_849_903, source: 0, line };
}

function sinkOf(fake: FakeCount, tally: Tally, options: Partial<AddSinkOptions> = {}): AddSink {
  return new AddSink({
    client: fake.client,
    service: "shop",
    observer: tally,
    timeoutMs: 30_000,
    explain: (error) => new CountError("unavailable", error.message),
    ...options,
  });
}

async function addAll(sink: AddSink, requests: readonly SourcedRequest[]): Promise<void> {
  for (const each of requests) await sink.add(each);
}

function lines(from: number, to: number): SourcedRequest[] {
  return Array.from({ length: to - from + 1 }, (_, index) => request(from + index));
}

function figures({ countedRequests, refusedLines, uncertainRequests, unsentRequests }: Tally) {
  return { counted: countedRequests, refused: refusedLines, uncertain: uncertainRequests, unsent: unsentRequests };
}

describe("delivery by Add", () => {
  test("sends what it was given, and says counted when the answer has come", async () => {
    await using fake = await FakeCount.start();
    const tally = new Tally();
    const sink = sinkOf(fake, tally);
    await addAll(sink, [request(1, "/a"), request(2, "/b")]);
    expect(figures(tally)).toEqual({ counted: 0, refused: 0, uncertain: 0, unsent: 0 });
    await sink.finish();
    expect(figures(tally)).toEqual({ counted: 2, refused: 0, uncertain: 0, unsent: 0 });
    expect(fake.stored).toEqual([
      expect.objectContaining({
        method: Method.GET,
        path: "/a",
        service: "shop",
        requestTimestamp: expect.objectContaining({ seconds: 1_431_849_903n, nanos: 0 }) as unknown,
      }),
      expect.objectContaining({ path: "/b" }),
    ]);
  });

  test("cuts a long import into segments, a few at once", async () => {
    await using fake = await FakeCount.start();
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { segmentRequests: 100, maxStreams: 3 });
    await addAll(sink, lines(1, 1_050));
    await sink.finish();
    expect(figures(tally)).toEqual({ counted: 1_050, refused: 0, uncertain: 0, unsent: 0 });
    expect(new Set(fake.stored.map(({ path }) => path)).size).toBe(1_050);
    expect(fake.streams).toBe(11);
  });

  test("reports the request that the server refuses, and counts every other one exactly once", async () => {
    await using fake = await FakeCount.start({ refuse: ({ path }) => (path === "/7" ? "path too long" : undefined) });
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { segmentRequests: 50 });
    await addAll(sink, lines(1, 120));
    await sink.finish();
    expect(figures(tally)).toEqual({ counted: 119, refused: 1, uncertain: 0, unsent: 0 });
    expect(tally.refusals.get("server")).toEqual({
      count: 1,
      examples: [{ source: 0, line: 7, detail: "path too long" }],
    });
    expect(fake.stored.map(({ path }) => path).sort()).toEqual(
      lines(1, 120)
        .map(({ path }) => path)
        .filter((path) => path !== "/7")
        .sort(),
    );
  });

  test("counts exactly what is not refused, whichever requests those are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 150 })),
        fc.integer({ min: 1, max: 60 }),
        async (refused, segmentRequests) => {
          await using fake = await FakeCount.start({
            refuse: ({ path }) => (refused.includes(Number(path.slice(1))) ? "no" : undefined),
          });
          const tally = new Tally();
          const sink = sinkOf(fake, tally, { segmentRequests, maxStreams: 2 });
          await addAll(sink, lines(1, 150));
          await sink.finish();
          expect(figures(tally)).toEqual({
            counted: 150 - refused.length,
            refused: refused.length,
            uncertain: 0,
            unsent: 0,
          });
          const stored = fake.stored.map(({ path }) => Number(path.slice(1))).sort((a, b) => a - b);
          expect(stored).toEqual(
            lines(1, 150)
              .map(({ line }) => line)
              .filter((line) => !refused.includes(line)),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  test("does not send a segment again and again when every request is refused", async () => {
    let read = 0;
    await using fake = await FakeCount.start({
      refuse: () => {
        read += 1;
        return "no";
      },
    });
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { segmentRequests: 500 });
    await addAll(sink, lines(1, 500));
    await sink.finish();
    expect(figures(tally)).toEqual({ counted: 0, refused: 500, uncertain: 0, unsent: 0 });
    expect({ streams: fake.streams, read }).toEqual({ streams: 500, read: 500 });
  });

  test("says of what it had sent to a server that disappears that it is uncertain, and takes nothing more", async () => {
    const behaviour = { dieAfter: 30 };
    await using fake = await FakeCount.start(behaviour);
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { segmentRequests: 40, maxStreams: 1 });
    await expect(addAll(sink, lines(1, 100))).rejects.toMatchObject({ code: "unavailable" });
    await sink.stop(1_000);
    const { counted, refused, uncertain, unsent } = figures(tally);
    expect({ counted, refused, uncertain }).toEqual({ counted: 0, refused: 0, uncertain: 40 });
    expect(unsent).toBe(0);
    expect(tally.uncertainRanges).toEqual([{ source: 0, first: 1, last: 40 }]);
    expect(() => sink.add(request(101))).toThrow("CANCELLED");
    expect(figures(tally).unsent).toBe(1);
  });

  test("takes a refusal that names no message of the stream as a failure: nobody knows what was counted", async () => {
    await using fake = await FakeCount.start({ failAdd: new CountError("invalid", "message 9: no such message") });
    const tally = new Tally();
    const sink = sinkOf(fake, tally);
    await addAll(sink, lines(1, 3));
    await expect(sink.finish()).rejects.toMatchObject({ code: "unavailable" });
    expect(figures(tally)).toEqual({ counted: 0, refused: 0, uncertain: 3, unsent: 0 });
  });

  test("gives up on a stream that is not answered in time", async () => {
    await using fake = await FakeCount.start({ silent: true });
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { timeoutMs: 200 });
    await addAll(sink, lines(1, 3));
    await expect(sink.finish()).rejects.toThrow("DEADLINE_EXCEEDED");
    expect(figures(tally)).toEqual({ counted: 0, refused: 0, uncertain: 3, unsent: 0 });
  });

  test("stopped, waits for the answers of what is under way and sends nothing more", async () => {
    await using fake = await FakeCount.start();
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { segmentRequests: 50 });
    await addAll(sink, lines(1, 75));
    await sink.stop(10_000);
    await sink.add(request(76));
    expect(figures(tally)).toEqual({ counted: 50, refused: 0, uncertain: 0, unsent: 26 });
    expect(fake.stored.length).toBe(50);
  });

  test("stopped, waits no longer than it may", async () => {
    await using fake = await FakeCount.start({ silent: true });
    const tally = new Tally();
    const sink = sinkOf(fake, tally, { segmentRequests: 50 });
    await addAll(sink, lines(1, 50));
    await sink.stop(50);
    expect(figures(tally)).toEqual({ counted: 0, refused: 0, uncertain: 50, unsent: 0 });
  });
});
