import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { cutByEntries, type PendingKey } from "../../src/rollup/pending-key.ts";

function keys(entries: readonly number[]): PendingKey[] {
  return entries.map((length, at) => ({ shard: 0, day: 20_781, id: String(at), entries: length }));
}

test("Keys are cut where the next one would be too much", () => {
  const runs = cutByEntries(keys([4, 6, 1, 9, 2]), 10);
  expect(runs.map((run) => run.map(({ entries }) => entries))).toEqual([[4, 6], [1, 9], [2]]);
});

test("A row that alone holds too much is a run of its own", () => {
  const runs = cutByEntries(keys([1, 100, 1, 1]), 10);
  expect(runs.map((run) => run.map(({ entries }) => entries))).toEqual([[1], [100], [1, 1]]);
});

test("No keys are no runs", () => {
  expect(cutByEntries([], 10)).toEqual([]);
});

test("Every key is in one run, in order, and no run of several holds too much", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.integer({ min: 1, max: 60 }), (entries, maxEntries) => {
      const runs = cutByEntries(keys(entries), maxEntries);
      expect(runs.flat()).toEqual(keys(entries));
      for (const run of runs) {
        const sum = run.reduce((total, key) => total + key.entries, 0);
        expect(run.length === 1 || sum <= maxEntries).toBe(true);
      }
    }),
  );
});
