import { Dimension, Granularity, Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { readQuery } from "../../../src/totals/query/read-query.ts";
import { type Asked, date, request, starts } from "./query-calls.ts";

const november: Asked = { startDate: date("2026-11"), endDate: date("2026-11") };
const time = (text: string) => ({ seconds: BigInt(Date.parse(text) / 1_000) });
/** What a newer client may send. */
const unknown = JSON.parse("7") as Granularity;
const unknownMethod = JSON.parse("11") as Method;
const path = (value: string) => ({ kind: { case: "glob" as const, value } });

describe("a query's range", () => {
  test("has the first day of a partial start and the last day of a partial end", () => {
    const range = (startDate: string, endDate: string, timeZone = "") =>
      starts(readQuery(request({ startDate: date(startDate), endDate: date(endDate), timeZone })).boundaries);
    expect(range("2026-11", "2026-11")).toEqual(["2026-11-01T00:00Z", "2026-12-01T00:00Z"]);
    expect(range("2026", "2026-02")).toEqual(["2026-01-01T00:00Z", "2026-03-01T00:00Z"]);
    expect(range("2026-11-22", "2026-11-22", "America/New_York")).toEqual(["2026-11-22T05:00Z", "2026-11-23T05:00Z"]);
    expect(range("0001", "9999")).toEqual(["0001-01-01T00:00Z", "+010000-01-01T00:00Z"]);
  });

  test("may be moments", () => {
    const asked = { startTime: time("2026-11-22T10:15Z"), endTime: time("2026-11-22T12:00Z") };
    expect(starts(readQuery(request({ ...asked, granularity: Granularity.HOUR })).boundaries)).toEqual([
      "2026-11-22T10:15Z",
      "2026-11-22T11:00Z",
      "2026-11-22T12:00Z",
    ]);
  });
});

describe("a query is refused", () => {
  test.each<[Asked, string]>([
    [{}, "start_date: required"],
    [{ startDate: date("2026-11") }, "end_date: required"],
    [{ endDate: date("2026-11") }, "start_date: required"],
    [{ ...november, startDate: date("2026-02-31") }, "start_date: day 31 is not 1 to 28 in 2026-02"],
    [{ ...november, startDate: date("2026-12-01") }, "start_date 2026-12-01 is after end_date 2026-11-30"],
    [{ endTime: time("2026-11-22T12:00Z") }, "start_time: required"],
    [{ startTime: time("2026-11-22T12:00Z") }, "end_time: required"],
    [
      { ...november, startTime: time("2026-11-22T12:00Z") },
      "start_date and end_date are given together with start_time or end_time; accepted is one of the two",
    ],
    [
      { startTime: time("2026-11-22T12:00Z"), endTime: time("2026-11-22T12:00Z") },
      "start_time 2026-11-22T12:00:00Z is not before end_time 2026-11-22T12:00:00Z",
    ],
    [
      { startTime: time("2026-11-22T12:01Z"), endTime: time("2026-11-22T13:00Z") },
      "start_time 1795348860 s since 1970 is no multiple of 15 minutes",
    ],
    [
      { startTime: time("2026-11-22T12:00Z"), endTime: { seconds: 2n ** 60n } },
      "end_time 1152921504606846976 s since 1970 is no time; accepted are the years 1 to 9999",
    ],
    [
      { startDate: date("0001"), endDate: date("0001"), timeZone: "Asia/Tokyo" },
      "start_date 0001-01-01 is outside of the years 1 to 9999 in UTC",
    ],
    [
      { startDate: date("9999"), endDate: date("9999"), timeZone: "America/New_York" },
      "end_date 9999-12-31 is outside of the years 1 to 9999 in UTC",
    ],
    [
      { startDate: date("2011-12-30"), endDate: date("2011-12-30"), timeZone: "Pacific/Apia" },
      "start_date 2011-12-30: there was no such day in Pacific/Apia",
    ],
    [
      { ...november, timeZone: "Berlin" },
      'time_zone "Berlin" is unknown; accepted are names of the IANA database, such as Europe/Berlin',
    ],
    [{ ...november, granularity: unknown }, "granularity 7 is unknown; accepted are 0, 1, 2, 3, 4, 5, 6"],
    [
      { startDate: date("2000"), endDate: date("2026"), granularity: Granularity.HOUR },
      "granularity cuts the range into more than 10,000 periods; accepted are at most so many",
    ],
    [{ ...november, groupBy: [Dimension.UNSPECIFIED] }, "group_by[0] 0 is unknown; accepted are 1, 2, 3"],
    [
      { ...november, groupBy: [Dimension.PATH, Dimension.PATH] },
      "group_by[1] is PATH again; accepted is each at most once",
    ],
    [{ ...november, services: ["a", "\0"] }, 'services[1] "\\u0000" has a NUL; accepted is text without'],
    [
      { ...november, services: Array.from({ length: 1_001 }, () => "a") },
      "services has 1001 entries; accepted are at most 1000",
    ],
    [
      { ...november, methods: [Method.GET, unknownMethod] },
      "methods[1] 11 is unknown; accepted are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100",
    ],
    [{ ...november, paths: [{}] }, "paths[0]: one of exact, prefix and glob is required"],
    [
      { ...november, paths: Array.from({ length: 51 }, () => path("/a")) },
      "paths has 51 entries; accepted are at most 50",
    ],
    [
      { ...november, paths: Array.from({ length: 5 }, () => path("/a".repeat(501))) },
      "paths has 5010 bytes of prefixes and globs; accepted are at most 5000",
    ],
    [{ ...november, top: 10_001 }, "top is 10001; accepted are 0 to 10000"],
    [
      { ...november, top: 10_000, granularity: Granularity.DAY },
      "top is 10000 of 30 periods; accepted are at most 250000 rows, remainders included",
    ],
    [{ ...november, pageSize: 10_001 }, "page_size is 10001; accepted are 0 to 10000"],
    [{ ...november, pageSize: 10, top: 10 }, "page_size is 10 and top 10; accepted is one of the two"],
    [{ ...november, pageToken: "x", top: 10 }, "page_token is given and top 10; accepted is one of the two"],
    [{ ...november, pageToken: "x" }, "page_token is not a next_page_token; accepted is one as it was answered"],
    [
      { startDate: date("0001"), endDate: date("0002"), comparePrevious: true },
      "compare_previous: the range before begins before the year 1",
    ],
  ])("for %j", (asked, message) => {
    expect(() => readQuery(request(asked))).toThrow(expect.objectContaining({ code: "invalid", message }));
  });
});
