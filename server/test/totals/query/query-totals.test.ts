import { Dimension, Granularity, Method } from "@count/proto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { formatDay } from "../../../src/domain/day.ts";
import { rollUp } from "../../../src/rollup/roll-up.ts";
import { addPending, days } from "../../rollup/pending.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { type Asked, addMethods, allPages, date, lines, NOW_MS, query, starts } from "./query-calls.ts";

const { SERVICE, METHOD, PATH } = Dimension;
const now = () => NOW_MS;

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await addMethods(db, "GET - /a", "GET svc /a", "POST - /a", "GET - /B", "METHOD_UNSPECIFIED - /é", "GET svc /a/b");
});
afterEach(() => db.close());

/** Rolled up: 1 of method 1, 2 of method 2 … on each day, times 10 on the 22nd and 100 on the 23rd. Pending: the same on the 24th. */
async function fill(): Promise<void> {
  const each = (factor: number) => [1, 2, 3, 4, 5, 6].map((id) => [id, id * factor] as const);
  await addPending(
    db,
    { day: "2026-11-20", entries: [[1, 7]] },
    { day: "2026-11-21", entries: each(1) },
    { day: "2026-11-22", entries: each(10) },
    { day: "2026-11-23", entries: each(100) },
  );
  await rollUp(db.database, days("2026-11-01", "2026-11-30"), { now });
  await addPending(db, { day: "2026-11-24", shard: 9, entries: each(1_000) });
}

const threeDays: Asked = { startDate: date("2026-11-22"), endDate: date("2026-11-24") };

describe("QueryTotals", () => {
  test("is one row of everything when nothing more is asked for", async () => {
    await fill();
    const answer = await query(db.database, threeDays);
    expect({ ...answer, boundaries: starts(answer.boundaries) }).toEqual({
      boundaries: ["2026-11-22T00:00Z", "2026-11-25T00:00Z"],
      previous: undefined,
      rows: [{ period: 0, service: "", method: 0, path: "", count: 23_310n, previousCount: 0n, remainder: false }],
      total: 23_310n,
      previousTotal: 0n,
      nextPageToken: "",
      pending: 21_000n,
      completeThrough: expect.anything(),
      knownLost: 0n,
      bucketsFrom: expect.anything(),
      totalsFrom: undefined,
      snapshotMs: Date.parse("2026-11-24T12:00:00Z"),
    });
    expect(formatDay(answer.completeThrough!)).toBe("2026-11-23");
    expect(formatDay(answer.bucketsFrom)).toBe("2026-10-20");
  });

  test("has a row for each group in each period, by period, path, method and service", async () => {
    await fill();
    const answer = await query(db.database, {
      ...threeDays,
      granularity: Granularity.DAY,
      groupBy: [SERVICE, METHOD, PATH],
    });
    const day = (period: number, factor: number) => [
      `${period} - GET /B ${4 * factor}`,
      `${period} - GET /a ${factor}`,
      `${period} svc GET /a ${2 * factor}`,
      `${period} - POST /a ${3 * factor}`,
      `${period} svc GET /a/b ${6 * factor}`,
      `${period} - METHOD_UNSPECIFIED /é ${5 * factor}`,
    ];
    expect(lines(answer)).toEqual([...day(0, 10), ...day(1, 100), ...day(2, 1_000)]);
  });

  test.each([
    [[SERVICE], ["0 - METHOD_UNSPECIFIED - 1430", "0 svc METHOD_UNSPECIFIED - 880"]],
    [[METHOD], ["0 - METHOD_UNSPECIFIED - 550", "0 - GET - 1430", "0 - POST - 330"]],
    [
      [PATH],
      [
        "0 - METHOD_UNSPECIFIED /B 440",
        "0 - METHOD_UNSPECIFIED /a 660",
        "0 - METHOD_UNSPECIFIED /a/b 660",
        "0 - METHOD_UNSPECIFIED /é 550",
      ],
    ],
    [
      [PATH, SERVICE],
      [
        "0 - METHOD_UNSPECIFIED /B 440",
        "0 - METHOD_UNSPECIFIED /a 440",
        "0 svc METHOD_UNSPECIFIED /a 220",
        "0 svc METHOD_UNSPECIFIED /a/b 660",
        "0 - METHOD_UNSPECIFIED /é 550",
      ],
    ],
  ])("groups by %j", async (groupBy, rows) => {
    await fill();
    expect(lines(await query(db.database, { ...threeDays, rolledUpOnly: true, groupBy }))).toEqual(rows);
  });

  test.each<[Asked, bigint]>([
    [{ services: [""] }, 1_430n],
    [{ services: ["svc", "none"] }, 880n],
    [{ services: ["none"] }, 0n],
    [{ methods: [Method.POST, Method.METHOD_UNSPECIFIED] }, 880n],
    [{ paths: [{ kind: { case: "exact", value: "/a" } }] }, 660n],
    [{ paths: [{ kind: { case: "prefix", value: "/a" } }] }, 1_320n],
    [{ paths: [{ kind: { case: "glob", value: "/?" } }] }, 1_650n],
    [{ paths: [{ kind: { case: "glob", value: "**" } }] }, 2_310n],
    [{ paths: [{ kind: { case: "exact", value: "/B" } }, { kind: { case: "glob", value: "/*/b" } }] }, 1_100n],
    [{ services: ["svc"], methods: [Method.GET], paths: [{ kind: { case: "prefix", value: "/a/" } }] }, 660n],
  ])("lets only %j through", async (filter, total) => {
    await fill();
    const answer = await query(db.database, { ...threeDays, rolledUpOnly: true, ...filter });
    expect([answer.total, lines(answer)]).toEqual([total, total === 0n ? [] : [`0 - METHOD_UNSPECIFIED - ${total}`]]);
  });

  test("has the largest groups in their order in each period, and what the others have last", async () => {
    await fill();
    const answer = await query(db.database, { ...threeDays, granularity: Granularity.DAY, groupBy: [PATH], top: 2 });
    expect(lines(answer)).toEqual([
      "0 - METHOD_UNSPECIFIED /a 60",
      "0 - METHOD_UNSPECIFIED /a/b 60",
      "0 others 90",
      "1 - METHOD_UNSPECIFIED /a 600",
      "1 - METHOD_UNSPECIFIED /a/b 600",
      "1 others 900",
      "2 - METHOD_UNSPECIFIED /a 6000",
      "2 - METHOD_UNSPECIFIED /a/b 6000",
      "2 others 9000",
    ]);
    expect(answer.total).toBe(23_310n);
  });

  test("has no remainder when the largest are all, and ignores top without groups", async () => {
    await fill();
    const all = await query(db.database, { ...threeDays, groupBy: [SERVICE], top: 2 });
    expect(lines(all)).toEqual(["0 - METHOD_UNSPECIFIED - 14430", "0 svc METHOD_UNSPECIFIED - 8880"]);
    expect(lines(await query(db.database, { ...threeDays, top: 1 }))).toEqual(["0 - METHOD_UNSPECIFIED - 23310"]);
  });

  test("compares with as many periods before, also where one of the two has nothing", async () => {
    await fill();
    const answer = await query(db.database, {
      startDate: date("2026-11-22"),
      endDate: date("2026-11-23"),
      granularity: Granularity.DAY,
      paths: [{ kind: { case: "exact", value: "/a" } }],
      services: [""],
      methods: [Method.GET, Method.POST],
      groupBy: [METHOD],
      comparePrevious: true,
    });
    expect(starts(answer.previous)).toEqual(["2026-11-20T00:00Z", "2026-11-21T00:00Z", "2026-11-22T00:00Z"]);
    expect(lines(answer)).toEqual(["0 - GET - 10 (7)", "0 - POST - 30 (0)", "1 - GET - 100 (1)", "1 - POST - 300 (3)"]);
    expect([answer.total, answer.previousTotal]).toEqual([440n, 11n]);
    const gone = await query(db.database, {
      startDate: date("2026-11-26"),
      endDate: date("2026-11-28"),
      groupBy: [SERVICE],
      comparePrevious: true,
      top: 1,
    });
    expect([lines(gone), gone.total, gone.previousTotal]).toEqual([["0 others 0 (23100)"], 0n, 23_100n]);
  });

  test("pages through everything once, whatever the size of a page", async () => {
    await fill();
    const asked = { ...threeDays, granularity: Granularity.DAY, groupBy: [SERVICE, METHOD, PATH] };
    const whole = lines(await query(db.database, asked));
    expect(whole).toHaveLength(18);
    for (const pageSize of [1, 2, 5, 17, 18, 19]) {
      const pages = await allPages(db.database, { ...asked, pageSize });
      expect(pages.flatMap(lines)).toEqual(whole);
      for (const { rows, total } of pages) {
        expect(rows.length).toBeLessThanOrEqual(pageSize);
        expect(total).toBe(23_310n);
      }
    }
  });

  test("fills its pages also where most periods have nothing", async () => {
    await fill();
    const asked = { startDate: date("2000"), endDate: date("2026"), granularity: Granularity.DAY, groupBy: [SERVICE] };
    const pages = await allPages(db.database, { ...asked, pageSize: 3 });
    expect(pages.map(({ rows }) => rows.length)).toEqual([3, 3, 3, 0].slice(0, pages.length));
    expect(pages.flatMap(lines)).toHaveLength(9);
  });

  test("keeps its place while other groups come", async () => {
    await fill();
    const asked = { ...threeDays, groupBy: [PATH], pageSize: 2 };
    const first = await query(db.database, asked);
    await db.query("insert into count.methods (id, service, method, path) values (7, '', 3, '/0'), (8, '', 3, '/a/a')");
    await addPending(db, { day: "2026-11-22", entries: [[7, 1]] }, { day: "2026-11-22", entries: [[8, 1]] });
    const second = await query(db.database, { ...asked, pageToken: first.nextPageToken });
    expect([...lines(first), ...lines(second)].map((line) => line.split(" ")[3])).toEqual(["/B", "/a", "/a/a", "/a/b"]);
  });

  test("has an answer when nothing is counted", async () => {
    const answer = await query(db.database, {
      ...threeDays,
      granularity: Granularity.HOUR,
      timeZone: "Asia/Kathmandu",
    });
    expect(answer).toMatchObject({ rows: [], total: 0n, pending: 0n, nextPageToken: "" });
    expect(answer.boundaries).toHaveLength(73);
    expect(formatDay(answer.completeThrough!)).toBe("2026-11-23");
  });

  test("is complete through no day while the first with counts is pending, and at most through yesterday", async () => {
    await addPending(db, { day: "2026-11-22", entries: [[1, 1]] });
    expect((await query(db.database, threeDays)).completeThrough).toBeUndefined();
    await rollUp(db.database, days("2026-11-22"), { now });
    await addPending(db, { day: "2026-11-21", entries: [[1, 1]] });
    expect((await query(db.database, threeDays)).completeThrough).toBeUndefined();
    await rollUp(db.database, days("2026-11-21"), { now });
    await addPending(db, { day: "2026-12-24", entries: [[1, 1]] });
    expect(formatDay((await query(db.database, threeDays)).completeThrough!)).toBe("2026-11-23");
  });

  test("counts all of time in one period", async () => {
    await fill();
    const answer = await query(db.database, { startDate: date("0001"), endDate: date("9999"), groupBy: [SERVICE] });
    expect([lines(answer), answer.total]).toEqual([
      ["0 - METHOD_UNSPECIFIED - 14450", "0 svc METHOD_UNSPECIFIED - 8888"],
      23_338n,
    ]);
  });

  test("counts quarters in the days and hours of a zone, rolled up or not", async () => {
    const entry = (day: string, bucket: number, count: number) => ({ day, bucket, entries: [[1, count] as const] });
    await addPending(db, entry("2026-11-21", 72, 1), entry("2026-11-21", 73, 10), entry("2026-11-22", 0, 100));
    await rollUp(db.database, days("2026-11-01", "2026-11-30"), { now });
    await addPending(db, entry("2026-11-22", 1, 1_000), entry("2026-11-22", 73, 10_000));
    // Its midnight is 18:15Z.
    const asked = { timeZone: "Asia/Kathmandu", startDate: date("2026-11-22"), endDate: date("2026-11-22") };
    expect(lines(await query(db.database, asked))).toEqual(["0 - METHOD_UNSPECIFIED - 1110"]);
    const compared = await query(db.database, { ...asked, granularity: Granularity.DAY, comparePrevious: true });
    expect(lines(compared)).toEqual(["0 - METHOD_UNSPECIFIED - 1110 (1)"]);
    expect(lines(await query(db.database, { ...asked, granularity: Granularity.HOUR }))).toEqual([
      "0 - METHOD_UNSPECIFIED - 10",
      "5 - METHOD_UNSPECIFIED - 100",
      "6 - METHOD_UNSPECIFIED - 1000",
    ]);
    expect(lines(await query(db.database, { ...asked, granularity: Granularity.HOUR, rolledUpOnly: true }))).toEqual([
      "0 - METHOD_UNSPECIFIED - 10",
      "5 - METHOD_UNSPECIFIED - 100",
    ]);
  });

  describe("of quarters that are not kept", () => {
    const hours: Asked = { granularity: Granularity.HOUR, groupBy: [SERVICE] };
    const outOfRange = (day: string, first: string) => ({
      code: "out-of-range",
      message:
        `the range in time_zone UTC with granularity HOUR needs the 15-minute counts of ${day}, which are not kept; the first UTC ` +
        `day that has them is ${first}`,
    });

    test("is OUT_OF_RANGE, unless nothing was counted on those days", async () => {
      await addPending(db, { day: "2026-10-19", entries: [[1, 5]] }, { day: "2026-10-20", entries: [[1, 7]] });
      await rollUp(db.database, days("2026-10-01", "2026-10-31"), { now });
      const asked = { ...hours, startDate: date("2026-10-19"), endDate: date("2026-10-20") };
      await expect(query(db.database, asked)).rejects.toMatchObject(outOfRange("2026-10-19", "2026-10-20"));
      expect(lines(await query(db.database, { ...asked, startDate: date("2026-10-20") }))).toHaveLength(1);
      expect(
        (await query(db.database, { ...asked, startDate: date("2026-10-01"), endDate: date("2026-10-18") })).total,
      ).toBe(0n);
      // Days as a whole are known for ever.
      expect((await query(db.database, { startDate: date("2026"), endDate: date("2026") })).total).toBe(12n);
    });

    test("is OUT_OF_RANGE for what an older server has rolled up, and for what was taken over", async () => {
      await addPending(db, { day: "2026-11-22", entries: [[1, 5]] });
      await rollUp(db.database, days("2026-11-22"), { now });
      const asked = { ...hours, startDate: date("2026-11-22"), endDate: date("2026-11-23") };
      expect((await query(db.database, asked)).total).toBe(5n);
      // As its statement has it, which knows nothing of months and quarters.
      await db.query(
        `insert into count.daily_method_totals (day, method_id, total) values ('2026-11-22', 1, 10)
         on conflict (day, method_id) do update set total = daily_method_totals.total + excluded.total`,
      );
      await expect(query(db.database, asked)).rejects.toMatchObject(outOfRange("2026-11-22", "2026-11-23"));
      for (const end of ["2026-11-22", "2026-12", "2027"]) {
        const { total, bucketsFrom } = await query(db.database, { startDate: date("2026"), endDate: date(end) });
        expect([total, formatDay(bucketsFrom)]).toEqual([15n, "2026-11-23"]);
      }
    });
  });
});
