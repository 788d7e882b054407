import { Granularity } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import type { Database } from "../../src/db/database.ts";
import { formatDay, parseDay } from "../../src/domain/day.ts";
import { type Expired, type RemoveExpiredOptions, removeExpired } from "../../src/retention/remove-expired.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { databaseOfThisFile } from "../ingest/ingest-support.ts";
import { addManyPending, addPending, checkBooks, days, requests, storedTotals } from "../rollup/pending.ts";
import { date, query } from "../totals/query/query-calls.ts";

const db = databaseOfThisFile();
const now = () => Date.parse("2026-11-24T12:00:00Z");
const bucketDays = 10;
const forever = Number.POSITIVE_INFINITY;

function run(totalDays = forever, options: Partial<RemoveExpiredOptions> = {}): Promise<Expired> {
  return removeExpired(db().database, { retention: { bucketDays, totalDays }, now, ...options });
}

/** One request each of the methods 1 and 2 in two steps on each of these days, rolled up while more was kept. */
async function fill(...of: readonly string[]): Promise<void> {
  for (const bucket of [5, 7]) {
    await addPending(
      db(),
      ...of.map((day) => ({
        day,
        bucket,
        entries: [
          [1, 1],
          [2, 1],
        ] as const,
      })),
    );
    await rollUp(db().database, days("2024-01-01", "2026-12-31"), { now, bucketRetentionDays: 3_650 });
  }
}

async function buckets(): Promise<string[]> {
  const rows = await db().query<{ line: string }>(
    `select day::text || ' ' || method_id::text || ' ' || buckets::text || ' ' || counts::text as line
     from count.bucket_counts order by day, method_id, buckets`,
  );
  return rows.map(({ line }) => line);
}

describe("removeExpired", () => {
  test("removes the quarters of days longer ago than they are kept, and says from which day on they are", async () => {
    await fill("2026-11-13", "2026-11-14");
    expect(await run()).toEqual({
      bucketsFrom: parseDay("2026-11-14"),
      bucketRows: 4,
      totalsFrom: undefined,
      totalRows: 0,
      more: false,
    });
    expect(await buckets()).toEqual(["2026-11-14 1 {5,7} {1,1}", "2026-11-14 2 {5,7} {1,1}"]);
    expect(await requests(db())).toEqual({ rolledUp: 8n, pending: 0n });
    const { bucketsFrom } = await query(db().database, { startDate: date("2026"), endDate: date("2026") });
    expect(formatDay(bucketsFrom)).toBe("2026-11-14");
    expect(await run()).toMatchObject({ bucketRows: 0, more: false });
  });

  test("makes one row of a method's quarters on closed days, and leaves today as it is", async () => {
    await fill("2026-11-22", "2026-11-24");
    await fill("2026-11-22");
    await run();
    expect(await buckets()).toEqual([
      "2026-11-22 1 {5,7} {2,2}",
      "2026-11-22 2 {5,7} {2,2}",
      "2026-11-24 1 {5} {1}",
      "2026-11-24 1 {7} {1}",
      "2026-11-24 2 {5} {1}",
      "2026-11-24 2 {7} {1}",
    ]);
    await checkBooks(db());
  });

  test("removes totals, takes them off their months, and removes months of which nothing is left", async () => {
    await fill("2026-09-30", "2026-10-10", "2026-10-15", "2026-11-20");
    await db().query(
      "insert into count.lost_requests values ('2026-10-14', 3, gen_random_uuid(), 5), ('2026-10-15', 3, gen_random_uuid(), 7)",
    );
    expect(await run(40)).toEqual({
      bucketsFrom: parseDay("2026-11-14"),
      bucketRows: 12,
      totalsFrom: parseDay("2026-10-15"),
      totalRows: 4,
      more: false,
    });
    expect(await storedTotals(db())).toEqual([
      ["2026-10-15", 1, 2n],
      ["2026-10-15", 2, 2n],
      ["2026-11-20", 1, 2n],
      ["2026-11-20", 2, 2n],
    ]);
    expect(
      await db().query("select month::text, total from count.monthly_method_totals where method_id = 1 order by 1"),
    ).toEqual([
      { month: "2026-10-01", total: 2n },
      { month: "2026-11-01", total: 2n },
    ]);
    const answer = await query(db().database, { startDate: date("2026"), endDate: date("2026") });
    expect([answer.total, answer.knownLost, formatDay(answer.totalsFrom!)]).toEqual([8n, 7n, "2026-10-15"]);
  });

  test("only counts when it is asked to", async () => {
    await fill("2026-09-30", "2026-11-20");
    const before = await buckets();
    expect(await run(40, { dryRun: true })).toEqual({
      bucketsFrom: parseDay("2026-11-14"),
      bucketRows: 4,
      totalsFrom: parseDay("2026-10-15"),
      totalRows: 2,
      more: true,
    });
    expect([await buckets(), await requests(db())]).toEqual([before, { rolledUp: 8n, pending: 0n }]);
    expect(await run(forever, { dryRun: true })).toMatchObject({ totalsFrom: undefined, totalRows: 0, more: true });
    const { totalsFrom } = await query(db().database, { startDate: date("2026"), endDate: date("2026") });
    expect(totalsFrom).toBeUndefined();
  });

  test("stops after its time and says that there is more; the next call goes on from there", async () => {
    await fill("2026-11-10", "2026-11-20");
    expect(await run(forever, { limitMs: 0 })).toMatchObject({ bucketRows: 0, more: true });
    expect(await run()).toMatchObject({ bucketRows: 4, more: false });
  });

  test("does not remove less than another server was told to keep", async () => {
    await fill("2026-11-10", "2026-11-20");
    await run();
    const wider = await removeExpired(db().database, { retention: { bucketDays: 35, totalDays: forever }, now });
    expect(formatDay(wider.bucketsFrom)).toBe("2026-11-14");
  });

  test("adds to months what an older server has rolled up, whose quarters nobody has", async () => {
    await fill("2026-11-20");
    await db().query(
      "insert into count.daily_method_totals (day, method_id, total) values ('2025-02-03', 1, 5), ('2026-11-21', 7, 9)",
    );
    expect(formatDay((await run()).bucketsFrom)).toBe("2026-11-22");
    expect(await db().query("select count(*) as n from count.daily_method_totals where total <> booked")).toEqual([
      { n: 0n },
    ]);
    expect(
      await db().query("select month::text, method_id, total from count.monthly_method_totals order by 1, 2"),
    ).toEqual([
      { month: "2025-02-01", method_id: 1n, total: 5n },
      { month: "2026-11-01", method_id: 1n, total: 2n },
      { month: "2026-11-01", method_id: 2n, total: 2n },
      { month: "2026-11-01", method_id: 7n, total: 9n },
    ]);
    await expect(
      query(db().database, {
        startDate: date("2026-11-21"),
        endDate: date("2026-11-21"),
        granularity: Granularity.HOUR,
      }),
    ).rejects.toMatchObject({ code: "out-of-range" });
  });

  test("makes one row of what was lost in a quarter of a closed day", async () => {
    for (const [day, lost] of [
      ["2026-11-22", 5],
      ["2026-11-22", 6],
      ["2026-11-24", 7],
      ["2026-11-24", 8],
    ] as const) {
      await db().query("insert into count.lost_requests values ($1, 3, gen_random_uuid(), $2)", [day, lost]);
    }
    await run();
    expect(await db().query("select day::text, requests from count.lost_requests order by day, requests")).toEqual([
      { day: "2026-11-22", requests: 11n },
      { day: "2026-11-24", requests: 7n },
      { day: "2026-11-24", requests: 8n },
    ]);
  });

  test("changes no sum, however many remove, roll up and count at once", async () => {
    await fill("2026-11-10", "2026-11-20", "2026-11-21");
    const rolling = async () => {
      for (let n = 0; n < 10; n++) {
        await addManyPending(db(), { day: "2026-11-21", rows: 20, entries: 3, days: 2 });
        await rollUp(db().database, days("2026-11-01", "2026-11-30"), { now, maxStepRows: 7 });
      }
    };
    const removing = async () => {
      for (let n = 0; n < 15; n++) await run();
    };
    await Promise.all([rolling(), removing(), removing(), rolling()]);
    await run();
    expect(await requests(db())).toEqual({ rolledUp: 12n + 2n * 10n * 60n, pending: 0n });
    await checkBooks(db());
    expect(await buckets()).toHaveLength(6);
  });

  test("removes some thousand rows in a transaction, however many there are", async () => {
    const days = `select date '2026-01-01' + (g / 100)::int as day, (g % 100)::bigint as method_id from generate_series(1, 12000) as t(g)`;
    await db().query(
      `insert into count.bucket_counts (day, method_id, id, buckets, counts)
       select day, method_id, gen_random_uuid(), '{1}'::smallint[], '{1}'::bigint[] from (${days}) as d`,
    );
    await db().query(
      `insert into count.daily_method_totals (day, method_id, total) select day, method_id, 1 from (${days}) as d`,
    );
    const steps: string[] = [];
    const run: Database["run"] = async (statement, values, options) => {
      const rows = await db().database.run(statement, values, options);
      if (/^remove-(?:buckets|totals)$/.test(statement.name)) {
        steps.push(`${statement.name} ${(rows as { rows: bigint }[])[0]?.rows ?? 0n}`);
      }
      return rows as never;
    };
    const options = { retention: { bucketDays, totalDays: 100 }, now, limitMs: 120_000 };
    const expired = await removeExpired({ run }, options);
    expect(expired).toMatchObject({ bucketRows: 12_000, totalRows: 12_000, more: false });
    expect(steps).toEqual([
      "remove-buckets 5000",
      "remove-buckets 5000",
      "remove-buckets 2000",
      "remove-totals 5000",
      "remove-totals 5000",
      "remove-totals 2000",
    ]);
  });

  test("removes next time what a roll-up adds to a day that was removed, and no other", async () => {
    await fill("2026-10-10", "2026-10-15");
    await run(40);
    // It was taken in before the day was removed, and its roll-up came after.
    await addPending(db(), { day: "2026-10-14", entries: [[1, 7]] }, { day: "2026-10-15", entries: [[1, 5]] });
    const kept = { now, bucketRetentionDays: bucketDays };
    await rollUp(db().database, days("2026-10-01", "2026-10-31"), kept);
    expect(await storedTotals(db())).toEqual([
      ["2026-10-14", 1, 7n],
      ["2026-10-15", 1, 7n],
      ["2026-10-15", 2, 2n],
    ]);
    expect(await run(40)).toMatchObject({ bucketRows: 0, totalRows: 1, more: false });
    expect([await storedTotals(db()), await buckets()]).toEqual([
      [
        ["2026-10-15", 1, 7n],
        ["2026-10-15", 2, 2n],
      ],
      [],
    ]);
  });
});
