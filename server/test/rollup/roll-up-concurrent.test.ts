import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Database } from "../../src/db/database.ts";
import { formatDay } from "../../src/domain/day.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { readDailyTotals, readPeriodTotals } from "../../src/totals/read-totals.ts";
import type { TotalsById } from "../../src/totals/totals.ts";
import { clear } from "../ingest/ingest-support.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { addManyPending, addPending, days, pendingTotals, storedTotals, type Total } from "./pending.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase({ maxConnections: 8 });
});
afterEach(() => db.close());

function sum(totals: readonly TotalsById[]): bigint {
  return totals.flatMap(({ counts }) => counts).reduce((total, count) => total + count, 0n);
}

/** The largest total that any of the results has, by day and method. */
function latest(results: readonly (readonly TotalsById[])[]): Total[] {
  const totals = new Map<string, Total>();
  for (const { day, ids, counts } of results.flat()) {
    ids.forEach((id, at) => {
      const known = totals.get(`${day}/${id}`);
      const count = counts[at]!;
      if (!known || known[2] < count) totals.set(`${day}/${id}`, [formatDay(day!), Number(id), count]);
    });
  }
  return [...totals.values()].sort(([a, b], [c, d]) => (a < c ? -1 : a > c ? 1 : b - d));
}

test.each([2, 5])("%d roll-ups at once finish, and neither lose nor double", async (callers) => {
  await addManyPending(db, { day: "2026-11-22", rows: 600, entries: 20, days: 3 });
  const results = await Promise.all(
    Array.from({ length: callers }, () => rollUp(db.database, days("2026-11-01", "2026-11-30"), { maxStepRows: 25 })),
  );
  const expected = ["2026-11-20", "2026-11-21", "2026-11-22"].flatMap((day) =>
    Array.from({ length: 20 }, (_, at): Total => [day, at + 1, 200n]),
  );
  expect(await storedTotals(db)).toEqual(expected);
  expect(await pendingTotals(db)).toEqual([]);
  // Every new total is told to whoever made it.
  expect(latest(results)).toEqual(expected);
});

test("Of two that take the same rows at the same moment, one adds each and the other nothing", async () => {
  await addManyPending(db, { day: "2026-11-22", rows: 200, entries: 100 });
  // Both know the same keys before either folds them, with either of its two connections.
  let arrive: (() => void) | undefined;
  const both = new Promise<void>((resolve) => {
    let missing = 4;
    arrive = () => {
      if (--missing === 0) resolve();
    };
  });
  const run: Database["run"] = async (statement, values, options) => {
    if (statement.name === "fold-pending") {
      arrive?.();
      await both;
    }
    return db.database.run(statement, values, options);
  };
  const results = await Promise.all([rollUp({ run }, days("2026-11-22")), rollUp({ run }, days("2026-11-22"))]);
  const whole = Array.from({ length: 100 }, (_, at): Total => ["2026-11-22", at + 1, 200n]);
  expect(await storedTotals(db)).toEqual(whole);
  expect(latest(results)).toEqual(whole);
});

test("What arrives while it is rolled up is there afterwards, once", async () => {
  const arriving = async () => {
    for (let flush = 0; flush < 20; flush++) await addManyPending(db, { day: "2026-11-22", rows: 16, entries: 3 });
  };
  const rolling = async () => {
    for (let call = 0; call < 10; call++) await rollUp(db.database, days("2026-11-22"), { maxStepRows: 7 });
  };
  await Promise.all([arriving(), rolling(), rolling()]);
  await rollUp(db.database, days("2026-11-22"));
  expect(await storedTotals(db)).toEqual([1, 2, 3].map((method) => ["2026-11-22", method, 320n]));
  expect(await pendingTotals(db)).toEqual([]);
});

test("A read that includes what is pending sees every request once, while they are rolled up", async () => {
  await addManyPending(db, { day: "2026-11-22", rows: 500, entries: 10, days: 4 });
  const november = days("2026-11-01", "2026-11-30");
  const done = new AbortController();
  const rolling = rollUp(db.database, november, { maxStepRows: 10 }).finally(() => done.abort());
  const seen = new Set<bigint>();
  let reads = 0;
  while (!done.signal.aborted) {
    seen.add(sum(await readDailyTotals(db.database, november, { includePending: true })));
    seen.add(sum(await readPeriodTotals(db.database, november, { includePending: true })));
    reads++;
  }
  await rolling;
  expect([...seen]).toEqual([5_000n]);
  expect(reads).toBeGreaterThan(1);
  expect(sum(await readDailyTotals(db.database, november))).toBe(5_000n);
});

test("Whatever arrives and is rolled up in whatever order, the totals are what arrived", async () => {
  const day = fc.constantFrom("2026-10-31", "2026-11-01", "2026-11-02", "2026-12-01");
  const entry = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1_000_000 }));
  const arrival = fc.record({ day, shard: fc.nat(15), entries: fc.array(entry, { maxLength: 5 }) });
  const call = fc.record({
    period: fc.constantFrom(days("2026-11-01"), days("2026-11-01", "2026-11-30"), days("2026-01-01", "2026-12-31")),
    maxStepRows: fc.integer({ min: 1, max: 5 }),
    maxStepEntries: fc.integer({ min: 1, max: 10 }),
  });
  const sequence = fc.array(fc.oneof({ arbitrary: arrival, weight: 3 }, { arbitrary: call, weight: 1 }), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(sequence, { minLength: 1, maxLength: 3 }), async (sequences) => {
      await clear(db);
      const expected = new Map<string, bigint>();
      const run = async (sequence: (typeof sequences)[number]) => {
        for (const action of sequence) {
          if ("period" in action) await rollUp(db.database, action.period, action);
          else await addPending(db, action);
        }
      };
      for (const action of sequences.flat()) {
        if ("period" in action) continue;
        for (const [method, count] of action.entries) {
          const key = `${action.day} ${method}`;
          expected.set(key, (expected.get(key) ?? 0n) + BigInt(count));
        }
      }
      await Promise.all(sequences.map(run));
      await rollUp(db.database, days("2026-01-01", "2026-12-31"));
      const stored = (await storedTotals(db)).map(([day, method, total]): [string, bigint] => [
        `${day} ${method}`,
        total,
      ]);
      expect(stored).toEqual([...expected].sort(([a], [b]) => (a < b ? -1 : 1)));
      expect(await pendingTotals(db)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
