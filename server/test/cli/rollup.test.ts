import { create } from "@bufbuild/protobuf";
import {
  dayOf,
  Method,
  MethodCountSchema,
  type RemoveExpiredResponse,
  RemoveExpiredResponseSchema,
  toDate,
} from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { FakeCount } from "../support/fake-count.ts";
import { runCount } from "../support/run-count.ts";

const DAY = dayOf({ year: 2026, month: 3, day: 9 });
const TOTALS = [0, 0, 1].map((after, index) =>
  create(MethodCountSchema, { method: Method.GET, path: `/${index}`, count: 5n, date: toDate(DAY + after) }),
);

/** An answer of RemoveExpired. */
function expired(bucketRows: number, totalRows: number, more = false): RemoveExpiredResponse {
  return create(RemoveExpiredResponseSchema, {
    bucketsFrom: toDate(DAY),
    bucketRows: BigInt(bucketRows),
    ...(totalRows > 0 && { totalsFrom: toDate(DAY - 365) }),
    totalRows: BigInt(totalRows),
    more,
  });
}

describe("count rollup", () => {
  test("says which days it added to", async () => {
    await using fake = await FakeCount.start({ totals: TOTALS });
    expect(await runCount(["rollup", "--server", fake.address, "--date", "2026-03"])).toEqual({
      code: 0,
      stdout:
        "2026-03-09  2 totals new or greater\n2026-03-10  1 total new or greater\n" +
        "Rolled up 2 days: 3 totals new or greater.\n",
      stderr: "",
    });
    expect(fake.dates.map(({ date }) => date)).toEqual([expect.objectContaining({ year: 2026, month: 3, day: 0 })]);
  });

  test("closes every day before today, from the year that it is told, and says when nothing was pending", async () => {
    await using fake = await FakeCount.start();
    const today = new Date();
    const year = today.getUTCFullYear();
    expect(await runCount(["rollup", "--server", fake.address, "--since-year", String(year - 2)])).toEqual({
      code: 0,
      stdout: "Nothing pending on closed days. Today is open until 00:00 UTC; --date today adds it already.\n",
      stderr: "",
    });
    expect(fake.dates.length).toBe(2 + today.getUTCMonth() + today.getUTCDate() - 1);
    expect(fake.dates[0]?.date).toEqual(expect.objectContaining({ year: year - 2, month: 0, day: 0 }));
  });

  test("prints JSON for programs", async () => {
    await using fake = await FakeCount.start({ totals: TOTALS });
    const { code, stdout, stderr } = await runCount(["rollup", "--server", fake.address, "--date", "2026", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      periods: ["2026"],
      days: [
        { day: "2026-03-09", totals: 2 },
        { day: "2026-03-10", totals: 1 },
      ],
      totals: 3,
    });
  });

  test("tries again while the server is away, and not for ever", async () => {
    const away = () => new CountError("unavailable", "Count is starting");
    await using fake = await FakeCount.start({ failures: [away()] });
    const args = ["rollup", "--server", fake.address, "--date", "2026-03-09"];
    expect(await runCount(args)).toEqual({
      code: 0,
      stdout: "Nothing pending in 2026-03-09.\n",
      stderr: `count rollup: the server at ${fake.address} is not available: Count is starting; trying again in 1 s (1 of 5)\n`,
    });
    fake.behaviour.failures = [away(), away()];
    const { code, stderr } = await runCount([...args, "--attempts", "1"]);
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: `count rollup: the server at ${fake.address} is not available: Count is starting\nTry again later.\n`,
    });
  });

  test("does not try again what will never work", async () => {
    await using fake = await FakeCount.start({ failures: [new CountError("invalid", "date: required")] });
    const { code, stderr } = await runCount(["rollup", "--server", fake.address, "--date", "2026"]);
    expect({ code, stderr, calls: fake.dates.length }).toEqual({
      code: 5,
      stderr: "count rollup: date: required\n",
      calls: 1,
    });
  });

  test("removes what is older than it is kept, until nothing is left, and says how far it is", async () => {
    await using fake = await FakeCount.start({
      totals: TOTALS,
      expired: [expired(5_000, 0, true), expired(0, 0, true), expired(1, 12)],
    });
    const { code, stdout, stderr } = await runCount(["rollup", "--server", fake.address, "--since-year", "9999"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout:
        "Nothing pending on closed days. Today is open until 00:00 UTC; --date today adds it already.\n" +
        "removed so far: 5,000 rows of 15-minute counts before 2026-03-09\n" +
        "Removed what is older than it is kept: 5,001 rows of 15-minute counts before 2026-03-09, 12 daily totals before 2025-03-09.\n",
      stderr: "",
    });
    expect(fake.behaviour.expired).toEqual([]);
  });

  test("tells programs what was removed, and that a server removes nothing", async () => {
    const removedBy = async (fake: FakeCount) => {
      const args = ["rollup", "--server", fake.address, "--since-year", "9999", "--json"];
      const { code, stdout } = await runCount(args);
      return { code, ...(JSON.parse(stdout) as object) };
    };
    await using fake = await FakeCount.start({ expired: [expired(5_000, 0, true), expired(1, 0)] });
    expect(await removedBy(fake)).toEqual({
      code: 0,
      periods: [],
      days: [],
      totals: 0,
      removed: { buckets_from: "2026-03-09", bucket_rows: 5_001, totals_from: null, total_rows: 0 },
    });
    await using original = await FakeCount.start();
    expect(await removedBy(original)).toEqual({ code: 0, periods: [], days: [], totals: 0, removed: null });
  });

  test("has closed the days when removing fails, and says why that did", async () => {
    await using fake = await FakeCount.start({ expired: [new CountError("forbidden", "it needs the scope rollup")] });
    const { code, stdout, stderr } = await runCount(["rollup", "--server", fake.address, "--since-year", "9999"]);
    expect([code, stdout]).toEqual([5, expect.stringMatching(/^Nothing pending on closed days\./)]);
    expect(stderr).toContain("does not allow it: it needs the scope rollup");
  });

  test("with a date removes nothing", async () => {
    await using fake = await FakeCount.start({ expired: [] });
    expect(await runCount(["rollup", "--server", fake.address, "--date", "2026-03"])).toMatchObject({ code: 0 });
  });
});
