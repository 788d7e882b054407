import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parseDay } from "../../src/domain/day.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { readDailyTotals, readPeriodTotals } from "../../src/totals/read-totals.ts";
import { addPending, days, sorted } from "../rollup/pending.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});
afterEach(() => db.close());

const november = days("2026-11-01", "2026-11-30");
const includePending = true;

/** Rolled up: 10 on 31 October, 1 and 2 in November, 20 on 1 December. Pending: 100 and 200 in November, and around. */
async function fill(): Promise<void> {
  await addPending(
    db,
    { day: "2026-10-31", entries: [[1, 10]] },
    { day: "2026-11-01", shard: 1, entries: [[1, 1]] },
    {
      day: "2026-11-30",
      shard: 15,
      entries: [
        [1, 2],
        [2, 3],
      ],
    },
    { day: "2026-12-01", entries: [[1, 20]] },
  );
  await rollUp(db.database, days("2026-01-01", "2026-12-31"));
  await addPending(
    db,
    { day: "2026-10-31", entries: [[1, 1_000]] },
    {
      day: "2026-11-15",
      shard: 7,
      entries: [
        [3, 100],
        [3, 1],
      ],
    },
    { day: "2026-11-30", shard: 15, entries: [[1, 200]] },
    { day: "2026-11-30", shard: 0, entries: [[1, 50]] },
    { day: "2026-12-01", entries: [[1, 1_000]] },
  );
}

describe("readDailyTotals", () => {
  test("has what was rolled up, by day, from the first to the last of the period", async () => {
    await fill();
    expect((await readDailyTotals(db.database, november)).map(sorted)).toEqual([
      [parseDay("2026-11-01"), [["1", 1n]]],
      [
        parseDay("2026-11-30"),
        [
          ["1", 2n],
          ["2", 3n],
        ],
      ],
    ]);
  });

  test("adds what is pending when it is asked to", async () => {
    await fill();
    expect((await readDailyTotals(db.database, november, { includePending })).map(sorted)).toEqual([
      [parseDay("2026-11-01"), [["1", 1n]]],
      [parseDay("2026-11-15"), [["3", 101n]]],
      [
        parseDay("2026-11-30"),
        [
          ["1", 252n],
          ["2", 3n],
        ],
      ],
    ]);
  });

  test("is empty where nothing was counted", async () => {
    expect(await readDailyTotals(db.database, november)).toEqual([]);
    expect(await readDailyTotals(db.database, november, { includePending })).toEqual([]);
  });

  test("reaches from the first day of the year 1 to the last of the year 9999", async () => {
    await addPending(db, { day: "0001-01-01", entries: [[1, 1]] }, { day: "9999-12-31", entries: [[1, 2]] });
    const ever = days("0001-01-01", "9999-12-31");
    const expected = [
      { day: -719_162, ids: ["1"], counts: [1n] },
      { day: 2_932_896, ids: ["1"], counts: [2n] },
    ];
    expect(await readDailyTotals(db.database, ever, { includePending })).toEqual(expected);
    await rollUp(db.database, ever);
    expect(await readDailyTotals(db.database, ever)).toEqual(expected);
  });

  test("keeps counts beyond 2^53 exact, pending or not", async () => {
    const count = 2n ** 62n - 1n;
    await addPending(db, { day: "2026-11-22", entries: [[1, count]] });
    await rollUp(db.database, november);
    await addPending(db, { day: "2026-11-22", entries: [[1, count]] });
    expect((await readDailyTotals(db.database, november)).map(sorted)).toEqual([
      [parseDay("2026-11-22"), [["1", count]]],
    ]);
    const both = await readDailyTotals(db.database, november, { includePending });
    expect(both.map(sorted)).toEqual([[parseDay("2026-11-22"), [["1", 2n * count]]]]);
  });

  test("fails when a sum is beyond 2^63", async () => {
    const count = 2n ** 62n;
    await addPending(db, {
      day: "2026-11-22",
      entries: [
        [1, count],
        [1, count],
      ],
    });
    await expect(readDailyTotals(db.database, november, { includePending })).rejects.toMatchObject({
      name: "CountError",
    });
  });
});

describe("readPeriodTotals", () => {
  test("sums what was rolled up, without a day", async () => {
    await fill();
    expect((await readPeriodTotals(db.database, november)).map(sorted)).toEqual([
      [
        undefined,
        [
          ["1", 3n],
          ["2", 3n],
        ],
      ],
    ]);
  });

  test("adds what is pending when it is asked to", async () => {
    await fill();
    expect((await readPeriodTotals(db.database, november, { includePending })).map(sorted)).toEqual([
      [
        undefined,
        [
          ["1", 253n],
          ["2", 3n],
          ["3", 101n],
        ],
      ],
    ]);
  });

  test("is empty where nothing was counted", async () => {
    expect(await readPeriodTotals(db.database, november)).toEqual([]);
    expect(await readPeriodTotals(db.database, november, { includePending })).toEqual([]);
  });
});
