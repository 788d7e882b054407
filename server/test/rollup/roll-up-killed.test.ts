import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { parseDay } from "../../src/domain/day.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { Child } from "../support/child.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { addManyPending, addPending, days, requests, sorted, storedTotals } from "./pending.ts";
import type { RollUpChildOptions } from "./roll-up-child.ts";

let db: TestDatabaseUrl;
beforeEach(async () => {
  db = await testDatabaseUrl();
});
afterEach(() => db.close());

const day = "2026-11-22";

test("A roll-up whose process is killed at any point loses and doubles nothing, and can be repeated", async () => {
  await addManyPending(db, { day, rows: 2_000, entries: 5 });
  const options: RollUpChildOptions = { url: db.url, period: days(day), maxStepRows: 10 };
  for (const lines of [1, 2, 3, 9, 30]) {
    await using child = new Child("rollup/roll-up-child.ts", options);
    for (let line = 0; line < lines; line++) expect(await child.line()).toBe(line === 0 ? "begin" : "step");
    await child.kill();
    const { pending, rolledUp } = await requests(db);
    expect(pending + rolledUp).toBe(10_000n);
    expect(pending).toBeGreaterThan(0n);
  }
  await using database = await connectDatabase({ url: db.url });
  await rollUp(database, days(day));
  expect(await storedTotals(db)).toEqual([1, 2, 3, 4, 5].map((method) => [day, method, 2_000n]));
  expect(await requests(db)).toEqual({ pending: 0n, rolledUp: 10_000n });
});

test("A roll-up goes on when its connections are terminated, and neither loses nor doubles", async () => {
  await addManyPending(db, { day, rows: 400, entries: 5 });
  await using database = await connectDatabase({ url: db.url, applicationName: "count-victim" });
  let steps = 0;
  const terminating: Promise<unknown>[] = [];
  await rollUp(database, days(day), {
    maxStepRows: 10,
    onStep: () => {
      if (++steps % 5 === 0) terminating.push(terminate(db));
    },
  });
  await Promise.all(terminating);
  expect(terminating.length).toBeGreaterThan(3);
  expect(await storedTotals(db)).toEqual([1, 2, 3, 4, 5].map((method) => [day, method, 400n]));
  expect(await requests(db)).toEqual({ pending: 0n, rolledUp: 2_000n });
});

test("When the answer to a commit is lost, nothing doubles and the result has every total of the step's days", async () => {
  await addPending(
    db,
    {
      day,
      entries: [
        [1, 1],
        [2, 2],
      ],
    },
    { day: "2026-11-21", entries: [[1, 100]] },
  );
  await using proxy = await CuttingProxy.before(db.url);
  await using database = await connectDatabase({ url: proxy.url });
  await rollUp(database, days(day));
  await addPending(db, {
    day,
    entries: [
      [2, 20],
      [3, 30],
    ],
  });
  proxy.cutAnswersOf("fold-pending", 1);
  const result = await rollUp(database, days(day));
  expect(result.map(sorted)).toEqual([
    [
      parseDay(day),
      [
        ["1", 1n],
        ["2", 22n],
        ["3", 30n],
      ],
    ],
  ]);
  expect(proxy.toCut).toBe(0);
  expect(await storedTotals(db)).toEqual([
    [day, 1, 1n],
    [day, 2, 22n],
    [day, 3, 30n],
  ]);
  expect(await rollUp(database, days(day))).toEqual([]);
});

test("When many answers to commits are lost, the totals are exact and the result has them all", async () => {
  await addManyPending(db, { day, rows: 100, entries: 7, days: 2 });
  await using proxy = await CuttingProxy.before(db.url);
  await using database = await connectDatabase({ url: proxy.url });
  proxy.cutAnswersOf("fold-pending", 5);
  const result = await rollUp(database, days("2026-11-01", "2026-11-30"), { maxStepRows: 10 });
  expect(proxy.toCut).toBe(0);
  expect(result.map(({ counts }) => counts)).toEqual([0, 1].map(() => Array.from({ length: 7 }, () => 50n)));
  expect(await requests(db)).toEqual({ pending: 0n, rolledUp: 700n });
});

/** Cuts every connection of the roll-up off, on the database's side. */
async function terminate(db: TestDatabaseUrl): Promise<void> {
  await db.query(
    db.dialect === "cockroachdb"
      ? "cancel sessions if exists select session_id from [show sessions] where application_name = 'count-victim'"
      : "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'count-victim'",
  );
}
