import { Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BatchCutter, type CutBatch } from "../../src/import/batch-cutter.ts";
import type { SourcedRequest } from "../../src/import/sink.ts";

function request(path: string, seconds = 900, line = 1): SourcedRequest {
  return { method: Method.GET, path, seconds, source: 0, line };
}

function cut(requests: readonly SourcedRequest[]): CutBatch[] {
  const cutter = new BatchCutter("shop");
  const batches = requests.map((each) => cutter.add(each));
  return [...batches, cutter.take()].filter((batch) => batch !== undefined);
}

describe("the batches of a log", () => {
  test("count equal requests of an interval in one row, in the order of the log", () => {
    const [batch] = cut([request("/b"), request("/a"), request("/b", 1_799), request("/b", 1_800)]);
    expect(batch?.rows).toEqual([
      { service: "shop", method: Method.GET, path: "/b", bucket: 1, count: 2 },
      { service: "shop", method: Method.GET, path: "/a", bucket: 1, count: 1 },
      { service: "shop", method: Method.GET, path: "/b", bucket: 2, count: 1 },
    ]);
  });

  test("have at most 1,000 rows, 5,000 requests, and 512 KiB of paths", () => {
    const different = cut(Array.from({ length: 2_500 }, (_, index) => request(`/${index}`)));
    expect(different.map(({ rows }) => rows.length)).toEqual([1_000, 1_000, 500]);
    const same = cut(Array.from({ length: 12_000 }, () => request("/")));
    expect(same.map(({ requests }) => requests.length)).toEqual([5_000, 5_000, 2_000]);
    const long = cut(Array.from({ length: 20 }, (_, index) => request(String(index).padStart(65_536, "/"))));
    expect(long.map(({ rows }) => rows.length)).toEqual([8, 8, 4]);
  });

  test("hold every request once, and are the same whatever comes after them", () => {
    const requests = fc.array(
      fc.record({ path: fc.integer({ min: 0, max: 3_000 }), seconds: fc.integer({ min: 0, max: 3_600 }) }),
      { maxLength: 8_000, size: "max" },
    );
    fc.assert(
      fc.property(requests, fc.nat(), (rows, at) => {
        const all = rows.map(({ path, seconds }, line) => request(`/${path}`, seconds, line));
        const batches = cut(all);
        expect(batches.flatMap((batch) => batch.requests)).toEqual(all);
        for (const batch of batches) {
          expect(batch.rows.reduce((sum, { count }) => sum + count, 0)).toBe(batch.requests.length);
        }
        const beginning = cut(all.slice(0, at % (all.length + 1))).slice(0, -1);
        expect(batches.slice(0, beginning.length)).toEqual(beginning);
      }),
      { numRuns: 20 },
    );
  });
});
