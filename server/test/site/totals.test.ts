import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { TWO_DAYS, withSite } from "./site-support.ts";

const QUERY = "from=2026-11-23&to=2026-11-24&granularity=day&by=service,method,path";

describe("GET /api/v1/totals", () => {
  test("answers with flat JSON, exact beyond 2^53", () =>
    withSite(
      () => TWO_DAYS,
      async ({ url }) => {
        const response = await fetch(`${url}/api/v1/totals?${QUERY}`);
        expect(response.status).toBe(200);
        expect(await response.json()).toEqual({
          time_zone: "UTC",
          granularity: "day",
          by: ["service", "method", "path"],
          periods: [
            { name: "2026-11-23", start: "2026-11-23T00:00:00Z", end: "2026-11-24T00:00:00Z" },
            { name: "2026-11-24", start: "2026-11-24T00:00:00Z", end: "2026-11-25T00:00:00Z" },
          ],
          rows: [
            { period: "2026-11-23", service: "shop", method: "GET", path: "/", count: 16 },
            { period: "2026-11-24", service: "shop", method: "GET", path: '=cmd("x")', count: "9007199254740993" },
          ],
          total: "9007199254741009",
          pending: 3,
          known_lost: 0,
          complete_through: "2026-11-23",
          buckets_from: "2026-10-21",
          totals_from: null,
          snapshot_time: "2026-11-24T14:00:00.005Z",
          next_page_token: null,
        });
      },
    ));

  test("names periods by the clock of the time zone, and the remainder", () =>
    withSite(
      () => ({
        ...TWO_DAYS,
        rows: [
          { period: 0, service: "shop", count: 5n, previousCount: 4n },
          { period: 0, count: 2n, remainder: true },
        ],
        previousPeriods: [{ startTime: { seconds: 1_795_305_600n }, endTime: { seconds: 1_795_392_000n } }],
        previousTotal: 4n,
      }),
      async ({ url }) => {
        const response = await fetch(
          `${url}/api/v1/totals?from=2026-11-23T00:00:00Z&to=2026-11-25T00:00:00Z&granularity=hour&time_zone=Asia/Kathmandu&by=service&top=1&compare=previous`,
        );
        expect(await response.json()).toMatchObject({
          rows: [
            { period: "2026-11-23T05:45:00+05:45", service: "shop", count: 5, previous_count: 4 },
            { period: "2026-11-23T05:45:00+05:45", count: 2, previous_count: 0, remainder: true },
          ],
          previous_periods: [
            { name: "2026-11-22T05:45:00+05:45", start: "2026-11-22T00:00:00Z", end: "2026-11-23T00:00:00Z" },
          ],
          previous_total: 4,
        });
      },
    ));

  test("is 304 for as long as the counts stay, whatever the time of the snapshot", () => {
    let seconds = 1_795_528_800n;
    let pending = 3n;
    return withSite(
      () => ({ ...TWO_DAYS, pending, snapshotTime: { seconds: seconds++ } }),
      async ({ url }) => {
        const first = await fetch(`${url}/api/v1/totals?${QUERY}`);
        const tag = first.headers.get("etag") ?? "";
        expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
        expect(first.headers.get("cache-control")).toBe("private, no-cache");
        const again = await fetch(`${url}/api/v1/totals?${QUERY}`, { headers: { "If-None-Match": tag } });
        expect([again.status, await again.text()]).toEqual([304, ""]);
        expect(again.headers.get("count-snapshot-time")).toBe("2026-11-24T14:00:01.000Z");
        pending = 4n;
        const changed = await fetch(`${url}/api/v1/totals?${QUERY}`, { headers: { "If-None-Match": tag } });
        expect(changed.status).toBe(200);
      },
    );
  });

  test("exports all pages as CSV that no spreadsheet takes for formulas", () =>
    withSite(
      ({ pageToken }) => (pageToken === "" ? { ...TWO_DAYS, nextPageToken: "two" } : TWO_DAYS),
      async ({ url, asked }) => {
        const response = await fetch(`${url}/api/v1/totals?${QUERY}`, { headers: { Accept: "text/csv" } });
        expect(await response.text()).toBe(
          [
            "period,service,method,path,count",
            "2026-11-23,shop,GET,/,16",
            `2026-11-24,shop,GET,"'=cmd(""x"")",9007199254740993`,
            "2026-11-23,shop,GET,/,16",
            `2026-11-24,shop,GET,"'=cmd(""x"")",9007199254740993`,
            "",
          ].join("\r\n"),
        );
        expect(asked.map(({ pageSize, pageToken }) => [pageSize, pageToken])).toEqual([
          [10_000, ""],
          [10_000, "two"],
        ]);
        expect(response.headers.get("content-disposition")).toBe(
          'attachment; filename="count-2026-11-23-2026-11-24.csv"',
        );
        expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
      },
    ));

  test("cuts an export off that fails in the middle, so that nobody takes it for whole", () =>
    withSite(
      ({ pageToken }) => {
        if (pageToken !== "") throw Object.assign(new Error("away"), { code: status.UNAVAILABLE, details: "away" });
        return { ...TWO_DAYS, nextPageToken: "two" };
      },
      async ({ url }) => {
        const whole = fetch(`${url}/api/v1/totals?${QUERY}&format=csv`).then((response) => response.text());
        await expect(whole).rejects.toThrow();
      },
    ));

  test.each([
    [status.INVALID_ARGUMENT, "start_date 1 is after end_date 2", 400, "invalid_argument", "from 1 is after to 2"],
    [status.OUT_OF_RANGE, "kept since 2026-10-21", 400, "out_of_range", "kept since 2026-10-21"],
    [status.UNAVAILABLE, "Count is starting", 503, "unavailable", "Count is starting"],
    [status.DEADLINE_EXCEEDED, "too slow", 504, "deadline_exceeded", "too slow"],
  ])("tells gRPC's status %d as a problem", (code, details, http, name, detail) =>
    withSite(
      () => {
        throw Object.assign(new Error(details), { code, details });
      },
      async ({ url }) => {
        const response = await fetch(`${url}/api/v1/totals`);
        expect(response.status).toBe(http);
        expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
        expect(await response.json()).toMatchObject({ status: http, code: name, detail });
      },
    ),
  );

  test("says nothing of a fault of its own, and has it logged", () =>
    withSite(
      () => {
        throw new Error("password=hunter2");
      },
      async ({ url, errors }) => {
        const response = await fetch(`${url}/api/v1/totals`);
        expect([response.status, await response.text()]).toEqual([
          500,
          '{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal","detail":"internal error"}\n',
        ]);
        expect(errors).toEqual([new Error("password=hunter2")]);
      },
    ));

  test("gives up a question whose asker has gone", async () => {
    let begun: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let left: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    await withSite(
      async (_, signal) => {
        signal.addEventListener("abort", () => left());
        begun();
        await gone;
        throw Object.assign(new Error("gone"), { code: status.CANCELLED, details: "gone" });
      },
      async ({ url, errors }) => {
        const abort = new AbortController();
        const answer = fetch(`${url}/api/v1/totals`, { signal: abort.signal });
        await asked;
        abort.abort();
        await expect(answer).rejects.toThrow();
        await gone;
        expect(errors).toEqual([]);
      },
    );
  });
});
