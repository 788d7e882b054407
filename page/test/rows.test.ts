import { describe, expect, test } from "@jest/globals";
import { seriesOf } from "../src/chart/series.ts";
import type { Row, Totals } from "../src/data/answer.ts";
import { formatChange, formatCount, formatShare } from "../src/data/format.ts";
import { globOf } from "../src/state/api-query.ts";
import { pathRowsOf, sortRows } from "../src/table/path-rows.ts";

function totals(rows: readonly Row[]): Totals {
  return {
    time_zone: "UTC",
    granularity: "day",
    periods: ["2026-11-23", "2026-11-24"].map((name) => ({ name, start: `${name}T00:00:00Z`, end: "" })),
    rows,
    total: 0,
    pending: 0,
    known_lost: 0,
    complete_through: null,
    buckets_from: null,
    totals_from: null,
    snapshot_time: "",
    next_page_token: null,
  };
}

describe("the rows of an answer", () => {
  test("become series, the largest first and what the others have last", () => {
    const answer = totals([
      { period: "2026-11-23", service: "shop", count: 1 },
      { period: "2026-11-24", service: "", count: 3 },
      { period: "2026-11-24", service: "shop", count: 4 },
      { period: "2026-11-24", count: 100, remainder: true },
    ]);
    expect(seriesOf(answer, "service").map(({ label, values, total }) => [label, values, total])).toEqual([
      ["shop", [1, 4], 5],
      ["(no service)", [0, 3], 3],
      ["Other", [0, 100], 100],
    ]);
    expect(seriesOf(totals([{ period: "2026-11-24", count: "9007199254740993" }]), "none")).toMatchObject([
      { label: "Requests", values: [0, 9_007_199_254_740_992] },
    ]);
  });

  test("become lines, sorted by whatever column, and a line for the others", () => {
    const row = (path: string, count: number, previous_count: number) => ({
      period: "2026-11-23",
      path,
      method: "GET",
      service: "shop",
      count,
      previous_count,
    });
    const { rows, other } = pathRowsOf(
      totals([row("/10", 9, 9), row("/9", 4, 0), row("/b", 2, 1), { period: "", count: 7, remainder: true }]),
    );
    expect(other).toMatchObject({ count: 7 });
    const paths = (key: "path" | "count" | "change", descending: boolean) =>
      sortRows(rows, key, descending).map(({ path }) => path);
    expect(paths("path", false)).toEqual(["/9", "/10", "/b"]);
    expect(paths("count", false)).toEqual(["/b", "/9", "/10"]);
    // What is new has grown most.
    expect(paths("change", true)).toEqual(["/9", "/b", "/10"]);
  });
});

describe("what is written", () => {
  test("keeps every digit", () => {
    expect(formatCount("9007199254740993")).toBe("9,007,199,254,740,993");
  });

  test.each([
    [0, 0, "±0%"],
    [0, 5, "new"],
    [4, 5, "+25.0%"],
    [4, 1, "−75.0%"],
    [5, 0, "−100.0%"],
    [1, 100, "×100"],
  ])("from %d to %d is %s", (before, now, text) => {
    expect(formatChange(before, now)).toBe(text);
  });

  test.each([
    [1, 3, "33.3%"],
    [1, 100_000, "<0.1%"],
    [0, 3, "0.0%"],
    [0, 0, "–"],
  ])("%d of %d is %s", (part, all, text) => {
    expect(formatShare(part, all)).toBe(text);
  });

  test("is searched for anywhere in a path, unless it is a pattern", () => {
    expect([globOf(" users "), globOf("/users/*")]).toEqual(["**users**", "/users/*"]);
  });
});
