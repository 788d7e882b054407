import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import {
  CountDailyTotalsRequestSchema,
  countService,
  Dimension,
  GetPeriodTotalsRequestSchema,
  Granularity,
  ListDailyTotalsRequestSchema,
  QueryTotalsRequestSchema,
  QueryTotalsResponseSchema,
} from "@count/proto";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RollUpStep } from "../../src/rollup/roll-up.ts";
import { countDailyTotalsHandler } from "../../src/rpc/count-daily-totals.ts";
import { getPeriodTotalsHandler } from "../../src/rpc/get-period-totals.ts";
import { listDailyTotalsHandler } from "../../src/rpc/list-daily-totals.ts";
import { queryTotalsHandler } from "../../src/rpc/query-totals.ts";
import { Aliases } from "../../src/totals/aliases.ts";
import { MethodNames } from "../../src/totals/method-names.ts";
import { addPending } from "../rollup/pending.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { counts, TotalsCalls } from "./totals-calls.ts";

let db: TestDatabase;
let calls: TotalsCalls;
let steps: RollUpStep[];
let succeeded: number;
beforeEach(async () => {
  db = await testDatabase();
  steps = [];
  succeeded = 0;
  const deps = { database: db.database, names: new MethodNames(db.database), aliases: new Aliases(db.database) };
  calls = await TotalsCalls.serve({
    countDailyTotals: countDailyTotalsHandler({
      ...deps,
      observer: { step: (step) => steps.push(step), succeeded: () => succeeded++, failed: () => undefined },
    }),
    listDailyTotals: listDailyTotalsHandler(deps),
    getPeriodTotals: getPeriodTotalsHandler(deps),
    queryTotals: queryTotalsHandler({ ...deps, now: () => Date.parse("2026-11-24T12:00:00Z") }),
  });
  // In an order that is not that of the answer, with paths that collations sort differently.
  await db.query(
    `insert into count.methods (id, service, method, path) values
     (1, '', 3, '/a'), (2, 'svc', 3, '/a'), (3, '', 2, '/a'), (4, '', 100, '/B'), (5, '', 0, '/é'), (6, '', 3, '/a-b')`,
  );
});
afterEach(async () => {
  await calls[Symbol.asyncDispose]();
  await db.close();
});

const nov22 = { year: 2026, month: 11, day: 22 };
const nov23 = { year: 2026, month: 11, day: 23 };
const november = { year: 2026, month: 11, day: 0 };

function countDailyTotals(date?: object) {
  return calls.call(countService.countDailyTotals, create(CountDailyTotalsRequestSchema, date ? { date } : {}));
}

function listDailyTotals(startDate?: object, endDate?: object, includePending = false) {
  const request = { ...(startDate && { startDate }), ...(endDate && { endDate }), includePending };
  return calls.call(countService.listDailyTotals, create(ListDailyTotalsRequestSchema, request));
}

function getPeriodTotals(period?: object, includePending = false) {
  const request = { ...(period && { period }), includePending };
  return calls.call(countService.getPeriodTotals, create(GetPeriodTotalsRequestSchema, request));
}

function addAll(day: string): Promise<void> {
  return addPending(db, { day, entries: [1, 2, 3, 4, 5, 6].map((id) => [id, 10 * id]) });
}

/** The six methods in the order of an answer. */
function all(date?: object): unknown[] {
  const dated = date ? { date } : {};
  return [
    { method: "GRPC", path: "/B", count: "40", ...dated },
    { method: "DELETE", path: "/a", count: "30", ...dated },
    { method: "GET", path: "/a", count: "10", ...dated },
    { method: "GET", path: "/a", count: "20", ...dated, service: "svc" },
    { method: "GET", path: "/a-b", count: "60", ...dated },
    { path: "/é", count: "50", ...dated },
  ];
}

describe("CountDailyTotals", () => {
  test("answers with the new totals by day, path, method and service", async () => {
    await addAll("2026-11-23");
    await addAll("2026-11-22");
    expect(counts(await countDailyTotals(november))).toEqual([...all(nov22), ...all(nov23)]);
    expect(steps).toEqual([{ rows: 2, entries: 12, totals: 12 }]);
    expect(succeeded).toBe(1);
  });

  test("adds late arrivals and answers with their totals only", async () => {
    await addAll("2026-11-22");
    await countDailyTotals(nov22);
    await addPending(db, { day: "2026-11-22", entries: [[2, 5]] });
    expect(counts(await countDailyTotals(nov22))).toEqual([
      { method: "GET", path: "/a", count: "25", date: nov22, service: "svc" },
    ]);
  });

  test("has an empty answer when nothing is pending, again and again", async () => {
    expect(counts(await countDailyTotals({ year: 2026 }))).toEqual([]);
    expect(counts(await countDailyTotals({ year: 2026 }))).toEqual([]);
  });

  test.each([
    [undefined, "date: required"],
    [{}, "date: year 0 is not 1 to 9999"],
    [{ year: 2026, month: 2, day: 31 }, "date: day 31 is not 1 to 28 in 2026-02"],
    [{ year: 2026, day: 5 }, "date: day 5 needs a month"],
  ])("refuses the date %j", async (date, details) => {
    await expect(countDailyTotals(date)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details });
  });
});

describe("ListDailyTotals", () => {
  test("lists both ends and what is between", async () => {
    for (const day of ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]) await addAll(day);
    await countDailyTotals(november);
    expect(counts(await listDailyTotals(nov22, nov23))).toEqual([...all(nov22), ...all(nov23)]);
    expect(counts(await listDailyTotals(nov22, nov22))).toEqual(all(nov22));
  });

  test("includes what is pending when it is asked to", async () => {
    await addAll("2026-11-22");
    await countDailyTotals(nov22);
    await addPending(db, { day: "2026-11-22", entries: [[5, 1]] }, { day: "2026-11-23", entries: [[5, 2]] });
    expect(counts(await listDailyTotals(november, nov23, true))).toEqual([
      ...all(nov22).slice(0, 5),
      { path: "/é", count: "51", date: nov22 },
      { path: "/é", count: "2", date: nov23 },
    ]);
    expect(counts(await listDailyTotals(november, nov23))).toEqual(all(nov22));
  });

  test("is NOT_FOUND when there is nothing, and says where to look", async () => {
    await addAll("2026-11-22");
    await expect(listDailyTotals(november, { year: 2026, month: 11, day: 30 })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details:
        "no totals between 2026-11-01 and 2026-11-30: only what was rolled up (CountDailyTotals) is listed, " +
        "unless include_pending is set",
    });
    await expect(listDailyTotals(nov23, nov23, true)).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: "no totals on 2026-11-23: nothing was counted, pending requests included",
    });
  });

  test.each([
    [undefined, nov22, "start_date: required"],
    [nov22, undefined, "end_date: required"],
    [nov22, { year: 2026, month: 11, day: 31 }, "end_date: day 31 is not 1 to 30 in 2026-11"],
    [nov23, nov22, "start_date 2026-11-23 is after end_date 2026-11-22"],
  ])("refuses %j to %j", async (start, end, details) => {
    await expect(listDailyTotals(start, end)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details });
  });
});

describe("GetPeriodTotals", () => {
  test("sums a day, a month and a year, without dates", async () => {
    for (const day of ["2026-11-22", "2026-11-23", "2026-01-01"]) await addPending(db, { day, entries: [[1, 7]] });
    await countDailyTotals({ year: 2026 });
    const total = (count: number) => [{ method: "GET", path: "/a", count: String(count) }];
    expect(counts(await getPeriodTotals(nov22))).toEqual(total(7));
    expect(counts(await getPeriodTotals(november))).toEqual(total(14));
    expect(counts(await getPeriodTotals({ year: 2026 }))).toEqual(total(21));
  });

  test("orders by path, method and service, and includes what is pending when it is asked to", async () => {
    await addAll("2026-11-22");
    expect(counts(await getPeriodTotals(november, true))).toEqual(all());
    await expect(getPeriodTotals(november)).rejects.toMatchObject({ code: status.NOT_FOUND });
    await countDailyTotals(november);
    expect(counts(await getPeriodTotals(november))).toEqual(all());
    expect(counts(await getPeriodTotals(november, true))).toEqual(all());
  });

  test("is NOT_FOUND when there is nothing, and says where to look", async () => {
    await expect(getPeriodTotals({ year: 2026 })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details:
        "no totals between 2026-01-01 and 2026-12-31: only what was rolled up (CountDailyTotals) is listed, " +
        "unless include_pending is set",
    });
  });

  test.each([
    [undefined, "period: required"],
    [{ year: 10_000 }, "period: year 10000 is not 1 to 9999"],
  ])("refuses the period %j", async (period, details) => {
    await expect(getPeriodTotals(period)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details });
  });
});

describe("QueryTotals", () => {
  async function queryTotals(request: MessageInitShape<typeof QueryTotalsRequestSchema>) {
    const asked = create(QueryTotalsRequestSchema, request);
    return toJson(QueryTotalsResponseSchema, await calls.call(countService.queryTotals, asked));
  }

  test("answers with periods, rows, totals and how far the roll-up is", async () => {
    await addAll("2026-11-22");
    await countDailyTotals(november);
    await addPending(db, { day: "2026-11-24", entries: [[1, 5]] });
    expect(
      await queryTotals({
        startDate: nov22,
        endDate: { year: 2026, month: 11, day: 24 },
        granularity: Granularity.DAY,
        groupBy: [Dimension.SERVICE, Dimension.METHOD],
        top: 2,
        comparePrevious: true,
      }),
    ).toEqual({
      periods: ["22", "23", "24"].map((day) => ({
        startTime: `2026-11-${day}T00:00:00Z`,
        endTime: `2026-11-${Number(day) + 1}T00:00:00Z`,
      })),
      rows: [
        { method: "GET", count: "70" },
        { count: "50" },
        { count: "90", remainder: true },
        { period: 2, method: "GET", count: "5" },
      ],
      total: "215",
      previousPeriods: ["19", "20", "21"].map((day) => ({
        startTime: `2026-11-${day}T00:00:00Z`,
        endTime: `2026-11-${Number(day) + 1}T00:00:00Z`,
      })),
      pending: "5",
      completeThrough: nov23,
      bucketsFrom: expect.anything(),
      snapshotTime: "2026-11-24T12:00:00Z",
    });
  });

  test("is INVALID_ARGUMENT for what makes no sense, and OUT_OF_RANGE for what is not kept", async () => {
    await expect(queryTotals({ startDate: nov22 })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "end_date: required",
    });
    await db.query("insert into count.daily_method_totals (day, method_id, total) values ('2026-11-22', 1, 10)");
    await expect(
      queryTotals({ startDate: nov22, endDate: nov23, granularity: Granularity.HOUR }),
    ).rejects.toMatchObject({ code: status.OUT_OF_RANGE });
  });
});
