import { expect, test } from "@jest/globals";
import type { Database } from "../../src/db/database.ts";
import type { RollupLag } from "../../src/observability/rollup-metrics.ts";
import { surveyDatabase } from "../../src/serve/survey-database.ts";
import { addPending } from "../rollup/pending.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

/** 12 hours into a day, by this machine's clock. */
const NOW_MS = Date.parse("2026-11-24T12:00:00Z");
const HOUR = 3_600;

/** What one survey finds. */
async function survey(database: Pick<Database, "run">, nowMs = NOW_MS) {
  const stop = new AbortController();
  const found: { offset?: number | undefined; lag?: RollupLag | undefined } = {};
  const metrics = {
    database: {
      clockOffset: (seconds: number | undefined) => {
        found.offset = seconds;
      },
    },
    rollup: {
      lag: (lag: RollupLag | undefined) => {
        found.lag = lag;
        stop.abort();
      },
    },
  };
  await surveyDatabase(database, metrics, { signal: stop.signal, now: () => nowMs });
  return found;
}

async function withDatabase(check: (db: TestDatabase) => Promise<void>): Promise<void> {
  const db = await testDatabase();
  try {
    await check(db);
  } finally {
    await db.close();
  }
}

test("A roll-up that has something to do is overdue since the day ended; late arrivals are lag only", () =>
  withDatabase(async (db) => {
    expect((await survey(db.database)).lag).toEqual({ lagSeconds: 0, overdueSeconds: 0 });
    await addPending(db, { day: "2026-11-24", entries: [[1, 1]], shard: 3 });
    expect((await survey(db.database)).lag).toEqual({ lagSeconds: 0, overdueSeconds: 0 });
    await addPending(
      db,
      { day: "2026-11-23", entries: [[1, 1]], shard: 4 },
      { day: "2026-11-22", entries: [[1, 1]], shard: 5 },
    );
    expect((await survey(db.database)).lag).toEqual({ lagSeconds: 36 * HOUR, overdueSeconds: 36 * HOUR });
    await db.query("insert into count.daily_method_totals values ('2026-11-22', 1, 1)");
    expect((await survey(db.database)).lag).toEqual({ lagSeconds: 36 * HOUR, overdueSeconds: 12 * HOUR });
    await db.query("insert into count.daily_method_totals values ('2026-11-23', 1, 1)");
    expect((await survey(db.database)).lag).toEqual({ lagSeconds: 36 * HOUR, overdueSeconds: 0 });
  }));

test("The database's clock is compared with this machine's, and what a slow answer may be is no difference", () =>
  withDatabase(async (db) => {
    expect(Math.abs((await survey(db.database, Date.now())).offset ?? Number.NaN)).toBeLessThan(1);
    expect(Math.round((await survey(db.database, Date.now() - 3_600_000)).offset ?? 0)).toBe(3_600);
  }));

test("While the database is away nothing is known", async () => {
  const away = { run: () => Promise.reject(new Error("away")) };
  expect(await survey(away)).toEqual({ offset: undefined, lag: undefined });
});
