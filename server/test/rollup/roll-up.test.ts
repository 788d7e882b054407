import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Database, Statement } from "../../src/db/database.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { parseDay } from "../../src/domain/day.ts";
import { type RollUpStep, rollUp } from "../../src/rollup/roll-up.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { addManyPending, addPending, days, pendingTotals, requests, sorted, storedTotals } from "./pending.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});
afterEach(() => db.close());

/** Passes statements on and keeps their names. */
function watched(): { database: Pick<Database, "run">; names: string[] } {
  const names: string[] = [];
  const run: Database["run"] = (statement: Statement, values, options) => {
    names.push(statement.name);
    return db.database.run(statement, values, options);
  };
  return { database: { run }, names };
}

describe("rollUp", () => {
  test("moves what is pending into the totals and returns them", async () => {
    await addPending(
      db,
      {
        day: "2026-11-22",
        entries: [
          [1, 10],
          [2, 20],
          [1, 5],
        ],
      },
      { day: "2026-11-22", shard: 15, entries: [[1, 100]] },
    );
    const result = await rollUp(db.database, days("2026-11-22"));
    expect(result.map(sorted)).toEqual([
      [
        parseDay("2026-11-22"),
        [
          ["1", 115n],
          ["2", 20n],
        ],
      ],
    ]);
    expect(await storedTotals(db)).toEqual([
      ["2026-11-22", 1, 115n],
      ["2026-11-22", 2, 20n],
    ]);
    expect(await pendingTotals(db)).toEqual([]);
  });

  test("adds to months, and keeps quarters of the days that are not longer ago than it is told", async () => {
    const now = () => Date.parse("2026-12-02T01:00:00Z");
    await addPending(
      db,
      { day: "2026-11-29", bucket: 5, entries: [[1, 1]] },
      { day: "2026-11-30", bucket: 5, entries: [[1, 10]] },
      { day: "2026-11-30", bucket: 95, entries: [[1, 100]] },
      { day: "2026-12-01", bucket: 0, entries: [[1, 1_000]] },
    );
    await rollUp(db.database, days("2026-11-01", "2026-12-31"), { bucketRetentionDays: 2, now });
    await addPending(db, { day: "2026-11-30", bucket: 5, entries: [[1, 10_000]] });
    await rollUp(db.database, days("2026-11-30"), { bucketRetentionDays: 2, now });
    expect(
      await db.query("select month::text, method_id, total from count.monthly_method_totals order by month"),
    ).toEqual([
      { month: "2026-11-01", method_id: 1n, total: 10_111n },
      { month: "2026-12-01", method_id: 1n, total: 1_000n },
    ]);
    expect(
      await db.query(
        `select day::text, buckets::text, counts::text from count.bucket_counts order by day, cardinality(buckets) desc`,
      ),
    ).toEqual([
      { day: "2026-11-30", buckets: expect.stringMatching(/^\{(?:5,95|95,5)\}$/), counts: expect.anything() },
      { day: "2026-11-30", buckets: "{5}", counts: "{10000}" },
      { day: "2026-12-01", buckets: "{0}", counts: "{1000}" },
    ]);
    expect(await db.query("select buckets_from from count.state")).toEqual([{ buckets_from: "2026-11-30" }]);
    await storedTotals(db);
  });

  test("adds what arrives late, and returns only the totals that it added to", async () => {
    await addPending(db, {
      day: "2026-11-22",
      entries: [
        [1, 10],
        [2, 20],
      ],
    });
    await rollUp(db.database, days("2026-11-22"));
    await addPending(db, {
      day: "2026-11-22",
      entries: [
        [2, 2],
        [3, 3],
      ],
    });
    const result = await rollUp(db.database, days("2026-11-22"));
    expect(result.map(sorted)).toEqual([
      [
        parseDay("2026-11-22"),
        [
          ["2", 22n],
          ["3", 3n],
        ],
      ],
    ]);
    expect(await storedTotals(db)).toEqual([
      ["2026-11-22", 1, 10n],
      ["2026-11-22", 2, 22n],
      ["2026-11-22", 3, 3n],
    ]);
  });

  test("returns nothing, after one statement, when nothing is pending", async () => {
    await addPending(db, { day: "2025-12-31", entries: [[1, 1]] }, { day: "2027-01-01", entries: [[1, 1]] });
    const { database, names } = watched();
    const steps: RollUpStep[] = [];
    expect(await rollUp(database, days("2026-01-01", "2026-12-31"), { onStep: (step) => steps.push(step) })).toEqual(
      [],
    );
    expect(names).toEqual(["select-shards-with-pending"]);
    expect(steps).toEqual([]);
  });

  test("takes the days of the period and no others", async () => {
    for (const day of ["2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"]) {
      await addPending(db, { day, shard: 3, entries: [[1, 1]] });
    }
    const result = await rollUp(db.database, days("2026-11-01", "2026-11-30"));
    expect(result.map(({ day }) => day)).toEqual([parseDay("2026-11-01"), parseDay("2026-11-30")]);
    expect(await pendingTotals(db)).toEqual([
      ["2026-10-31", 1, 1n],
      ["2026-12-01", 1, 1n],
    ]);
  });

  test("reaches from the first day of the year 1 to the last of the year 9999", async () => {
    await addPending(db, { day: "0001-01-01", entries: [[1, 1]] }, { day: "9999-12-31", entries: [[1, 2]] });
    const result = await rollUp(db.database, days("0001-01-01", "9999-12-31"));
    expect(result).toEqual([
      { day: -719_162, ids: ["1"], counts: [1n] },
      { day: 2_932_896, ids: ["1"], counts: [2n] },
    ]);
  });

  test("takes a row whose id is the nil UUID, where its cursor begins", async () => {
    await db.query(
      `insert into count.pending values
       (0, '2026-11-22', '00000000-0000-0000-0000-000000000000', '{1}', '{0}', '{7}')`,
    );
    expect(await rollUp(db.database, days("2026-11-22"))).toEqual([
      { day: parseDay("2026-11-22"), ids: ["1"], counts: [7n] },
    ]);
  });

  test("takes a row without entries away and adds nothing", async () => {
    await addPending(db, { day: "2026-11-22", entries: [] });
    expect(await rollUp(db.database, days("2026-11-22"))).toEqual([]);
    expect(await db.query("select 1 from count.pending")).toEqual([]);
  });

  test("adds counts beyond 2^53 exactly", async () => {
    const count = 2n ** 53n + 1n;
    await addPending(db, { day: "2026-11-22", entries: [[1, count]] }, { day: "2026-11-22", entries: [[1, count]] });
    const result = await rollUp(db.database, days("2026-11-22"));
    expect(result).toEqual([{ day: parseDay("2026-11-22"), ids: ["1"], counts: [2n * count] }]);
  });

  test("folds a day with millions of requests in bounded steps", async () => {
    await addManyPending(db, { day: "2026-11-22", rows: 2_000, entries: 1_000 });
    const steps: RollUpStep[] = [];
    const result = await rollUp(db.database, days("2026-11-22"), { onStep: (step) => steps.push(step) });
    expect(result.map(({ counts }) => counts)).toEqual([Array.from({ length: 1_000 }, () => 2_000n)]);
    expect(steps).toEqual(Array.from({ length: 4 }, () => ({ rows: 500, entries: 500_000, totals: 1_000 })));
    expect(await pendingTotals(db)).toEqual([]);
  });

  test("bounds a step by rows, and lets it take several days and shards", async () => {
    await addManyPending(db, { day: "2026-11-22", rows: 100, days: 10 });
    const { database, names } = watched();
    const steps: RollUpStep[] = [];
    const result = await rollUp(database, days("2026-11-01", "2026-11-30"), {
      maxStepRows: 40,
      onStep: (step) => steps.push(step),
    });
    expect(result.map(({ counts }) => counts)).toEqual(Array.from({ length: 10 }, () => [10n]));
    // Half of the shards on either connection, in any order.
    expect(steps.map(({ rows }) => rows).sort((a, b) => b - a)).toEqual([40, 40, 10, 10]);
    expect(names.filter((name) => name === "fold-pending")).toHaveLength(4);
    expect(await pendingTotals(db)).toEqual([]);
  });

  test("folds a row that alone holds more than a step may", async () => {
    await addManyPending(db, { day: "2026-11-22", rows: 3, entries: 50 });
    const steps: RollUpStep[] = [];
    await rollUp(db.database, days("2026-11-22"), { maxStepEntries: 10, onStep: (step) => steps.push(step) });
    expect(steps).toEqual(Array.from({ length: 3 }, () => ({ rows: 1, entries: 50, totals: 50 })));
  });

  test("does nothing when it is cancelled before it begins", async () => {
    await addPending(db, { day: "2026-11-22", entries: [[1, 1]] });
    const signal = AbortSignal.abort();
    await expect(rollUp(db.database, days("2026-11-22"), { signal })).rejects.toEqual(
      new CountError("cancelled", "the roll-up was cancelled"),
    );
    expect(await pendingTotals(db)).toEqual([["2026-11-22", 1, 1n]]);
  });

  test("stops after the step in which it is cancelled; the next call goes on from there", async () => {
    await addManyPending(db, { day: "2026-11-22", rows: 30 });
    const abort = new AbortController();
    const cancelled = rollUp(db.database, days("2026-11-22"), {
      signal: abort.signal,
      maxStepRows: 10,
      onStep: () => abort.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    const { rolledUp, pending } = await requests(db);
    // The other connection's step may be committed just before it is cut.
    expect([10n, 20n]).toContain(rolledUp);
    expect(rolledUp + pending).toBe(30n);
    expect(await rollUp(db.database, days("2026-11-22"))).toEqual([
      { day: parseDay("2026-11-22"), ids: ["1"], counts: [30n] },
    ]);
  });
});
