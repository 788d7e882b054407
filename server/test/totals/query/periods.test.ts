import { Granularity } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Boundaries, cutIntoPeriods, moveBack, TooManyPeriods } from "../../../src/totals/query/periods.ts";
import { TimeZone } from "../../../src/totals/query/time-zone.ts";

const QUARTER_MS = 900_000;
const quarter = (time: string) => Date.parse(time) / QUARTER_MS;
const times = (boundaries: Boundaries) =>
  boundaries.map((at) => new Date(at * QUARTER_MS).toISOString().replace(":00.000Z", "Z"));

function cut(zone: string, granularity: Granularity, start: string, end: string, max = 10_000): string[] {
  return times(cutIntoPeriods({ start: quarter(start), end: quarter(end) }, granularity, TimeZone.named(zone), max));
}

describe("periods", () => {
  test("are UTC days, and shorter ones at the ends", () => {
    expect(cut("UTC", Granularity.DAY, "2026-11-21T12:00Z", "2026-11-23T06:15Z")).toEqual([
      "2026-11-21T12:00Z",
      "2026-11-22T00:00Z",
      "2026-11-23T00:00Z",
      "2026-11-23T06:15Z",
    ]);
  });

  test("are days of 23 and 25 hours where a zone changes its clocks", () => {
    expect(cut("Europe/Berlin", Granularity.DAY, "2026-03-27T23:00Z", "2026-03-30T22:00Z")).toEqual([
      "2026-03-27T23:00Z",
      "2026-03-28T23:00Z",
      "2026-03-29T22:00Z",
      "2026-03-30T22:00Z",
    ]);
    expect(cut("Europe/Berlin", Granularity.HOUR, "2026-10-24T22:00Z", "2026-10-25T23:00Z")).toHaveLength(25 + 1);
    expect(cut("Europe/Berlin", Granularity.HOUR, "2026-03-28T23:00Z", "2026-03-29T22:00Z")).toHaveLength(23 + 1);
  });

  test("begin at 01:00 where there is no midnight, and leave out a day that a zone left out", () => {
    expect(cut("America/Sao_Paulo", Granularity.DAY, "2018-11-03T03:00Z", "2018-11-05T02:00Z")).toEqual([
      "2018-11-03T03:00Z",
      "2018-11-04T03:00Z",
      "2018-11-05T02:00Z",
    ]);
    expect(cut("Pacific/Apia", Granularity.DAY, "2011-12-29T10:00Z", "2011-12-31T10:00Z")).toEqual([
      "2011-12-29T10:00Z",
      "2011-12-30T10:00Z",
      "2011-12-31T10:00Z",
    ]);
  });

  test("are hours of zones that are a part of an hour away from UTC, or change by half an hour", () => {
    expect(cut("Asia/Kathmandu", Granularity.HOUR, "2026-11-21T18:15Z", "2026-11-21T20:30Z")).toEqual([
      "2026-11-21T18:15Z",
      "2026-11-21T19:15Z",
      "2026-11-21T20:15Z",
      "2026-11-21T20:30Z",
    ]);
    // Lord Howe's clock goes from 2:00 back to 1:30 at 15:00Z.
    expect(cut("Australia/Lord_Howe", Granularity.HOUR, "2026-04-04T14:00Z", "2026-04-04T16:30Z")).toEqual([
      "2026-04-04T14:00Z",
      "2026-04-04T15:00Z",
      "2026-04-04T15:30Z",
      "2026-04-04T16:30Z",
    ]);
  });

  test("are weeks from Monday, and months", () => {
    expect(cut("UTC", Granularity.WEEK, "2026-11-11T00:00Z", "2026-11-24T00:00Z")).toEqual([
      "2026-11-11T00:00Z",
      "2026-11-16T00:00Z",
      "2026-11-23T00:00Z",
      "2026-11-24T00:00Z",
    ]);
    expect(cut("Europe/Berlin", Granularity.MONTH, "2026-02-28T23:00Z", "2026-04-30T22:00Z")).toEqual([
      "2026-02-28T23:00Z",
      "2026-03-31T22:00Z",
      "2026-04-30T22:00Z",
    ]);
  });

  test("are one when the range is not cut", () => {
    const whole = ["2026-11-11T00:15Z", "2027-11-24T00:00Z"] as const;
    expect(cut("UTC", Granularity.ALL, ...whole)).toEqual(whole);
    expect(cut("UTC", Granularity.UNSPECIFIED, ...whole)).toEqual(whole);
  });

  test("are rounded to a quarter where a zone was odd minutes away from UTC", () => {
    expect(cut("Africa/Monrovia", Granularity.DAY, "1971-06-01T00:00Z", "1971-06-02T00:00Z")).toEqual([
      "1971-06-01T00:00Z",
      "1971-06-01T00:45Z",
      "1971-06-02T00:00Z",
    ]);
  });

  test("are not more than allowed", () => {
    expect(cut("UTC", Granularity.QUARTER_HOUR, "2026-11-21T00:00Z", "2026-11-22T00:00Z", 96)).toHaveLength(97);
    expect(() => cut("UTC", Granularity.QUARTER_HOUR, "2026-11-21T00:00Z", "2026-11-22T00:00Z", 95)).toThrow(
      TooManyPeriods,
    );
  });
});

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "America/Havana",
  "Africa/Cairo",
  "Antarctica/Troll",
];
const GRANULARITIES = Object.values(Granularity).filter((value) => typeof value === "number");
const zone = fc.constantFrom(...ZONES).map((name) => TimeZone.named(name));
const start = fc.integer({ min: quarter("1975-01-01T00:00Z"), max: quarter("2040-01-01T00:00Z") });

describe("whatever the range and the zone", () => {
  test("periods begin and end with the range, and none is empty", () => {
    const granularity = fc.constantFrom(...GRANULARITIES);
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 5_000 }), granularity, zone, (first, length, of, where) => {
        const range = { start: first, end: first + length };
        const boundaries = cutIntoPeriods(range, of, where, 10_000);
        expect([boundaries[0], boundaries.at(-1)]).toEqual([range.start, range.end]);
        expect(boundaries.every((at, n) => n === 0 || at > boundaries[n - 1]!)).toBe(true);
      }),
    );
  });

  test("the quarters, hours, days and weeks of a range have the same ends", () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 3_000 }), zone, (first, length, where) => {
        const of = (granularity: Granularity) =>
          new Set(cutIntoPeriods({ start: first, end: first + length }, granularity, where, 10_000));
        const [quarters, hours, days] = [Granularity.QUARTER_HOUR, Granularity.HOUR, Granularity.DAY].map(of);
        for (const at of hours!) expect(quarters!.has(at)).toBe(true);
        for (const at of days!) expect(hours!.has(at)).toBe(true);
        for (const at of of(Granularity.WEEK)) expect(days!.has(at)).toBe(true);
        for (const at of of(Granularity.MONTH)) expect(days!.has(at)).toBe(true);
      }),
    );
  });

  test("what comes before is as many periods, and ends where the range begins or earlier", () => {
    const granularity = fc.constantFrom(...GRANULARITIES);
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 5_000 }), granularity, zone, (first, length, of, where) => {
        const boundaries = cutIntoPeriods({ start: first, end: first + length }, of, where, 10_000);
        const before = moveBack(boundaries, of, where);
        expect(before).toHaveLength(boundaries.length);
        expect(before.every((at, n) => n === 0 || at >= before[n - 1]!)).toBe(true);
        expect(before.at(-1)).toBeLessThanOrEqual(first);
      }),
    );
  });
});

describe("the periods before", () => {
  function before(zoneName: string, granularity: Granularity, start: string, end: string): string[] {
    const where = TimeZone.named(zoneName);
    const range = { start: quarter(start), end: quarter(end) };
    return times(moveBack(cutIntoPeriods(range, granularity, where, 100), granularity, where));
  }

  test("end with the earlier month where that has no such day", () => {
    // From 21:30 on the 28th of March to 00:15 on the 29th.
    expect(before("Asia/Kathmandu", Granularity.MONTH, "1995-03-28T15:45Z", "1995-03-28T18:30Z")).toEqual([
      "1995-02-28T15:45Z",
      "1995-02-28T18:15Z",
    ]);
  });

  test("never end before they begin, though a clock that is set back shows an hour twice", () => {
    // From 2:45 to 2:15, half an hour later.
    expect(before("Europe/Berlin", Granularity.DAY, "2026-10-25T00:45Z", "2026-10-25T01:15Z")).toEqual([
      "2026-10-24T00:45Z",
      "2026-10-24T00:45Z",
    ]);
  });

  test("are days by the calendar of the zone", () => {
    expect(before("Europe/Berlin", Granularity.DAY, "2026-03-28T23:00Z", "2026-03-30T22:00Z")).toEqual([
      "2026-03-26T23:00Z",
      "2026-03-27T23:00Z",
      "2026-03-28T23:00Z",
    ]);
  });

  test("are months, with the last day where there is no such day", () => {
    expect(before("UTC", Granularity.MONTH, "2026-01-01T00:00Z", "2026-03-01T00:00Z")).toEqual([
      "2025-11-01T00:00Z",
      "2025-12-01T00:00Z",
      "2026-01-01T00:00Z",
    ]);
    expect(before("UTC", Granularity.MONTH, "2026-03-01T00:00Z", "2026-03-31T00:00Z")).toEqual([
      "2026-02-01T00:00Z",
      "2026-03-01T00:00Z",
    ]);
    expect(before("UTC", Granularity.MONTH, "2026-03-10T00:00Z", "2026-03-21T00:00Z")).toEqual([
      "2026-02-10T00:00Z",
      "2026-02-21T00:00Z",
    ]);
  });

  test("of a range that is not cut are its months, its days, or its length", () => {
    const all = (start: string, end: string) => before("UTC", Granularity.ALL, start, end);
    expect(all("2026-11-01T00:00Z", "2026-12-01T00:00Z")).toEqual(["2026-10-01T00:00Z", "2026-11-01T00:00Z"]);
    expect(all("2026-01-01T00:00Z", "2027-01-01T00:00Z")).toEqual(["2025-01-01T00:00Z", "2026-01-01T00:00Z"]);
    expect(all("2026-11-10T00:00Z", "2026-11-13T00:00Z")).toEqual(["2026-11-07T00:00Z", "2026-11-10T00:00Z"]);
    expect(all("2026-11-10T12:00Z", "2026-11-10T13:30Z")).toEqual(["2026-11-10T10:30Z", "2026-11-10T12:00Z"]);
  });

  test("are hours and quarters", () => {
    expect(before("UTC", Granularity.HOUR, "2026-11-10T10:30Z", "2026-11-10T12:00Z")).toEqual([
      "2026-11-10T08:30Z",
      "2026-11-10T09:00Z",
      "2026-11-10T10:00Z",
    ]);
    expect(before("UTC", Granularity.QUARTER_HOUR, "2026-11-10T10:30Z", "2026-11-10T11:00Z")).toEqual([
      "2026-11-10T10:00Z",
      "2026-11-10T10:15Z",
      "2026-11-10T10:30Z",
    ]);
  });
});

describe("a time zone", () => {
  test.each(["Mars/Olympus", "+02:00", "GMT+1", " UTC", "x".repeat(200)])("that is %j is refused", (name) => {
    expect(() => TimeZone.named(name)).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: `time_zone ${JSON.stringify(name.slice(0, 100))} is unknown; accepted are names of the IANA database, such as Europe/Berlin`,
      }),
    );
  });

  test("is UTC when it has no name", () => {
    expect([TimeZone.named("").name, TimeZone.named("utc").isUtc]).toEqual(["UTC", true]);
  });
});
