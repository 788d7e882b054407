import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dayOf, type PartialDate, periodOf, toDate } from "../src/index.ts";

const FIRST_DAY = -719_162; // 0001-01-01
const LAST_DAY = 2_932_896; // 9999-12-31

const day = fc.integer({ min: FIRST_DAY, max: LAST_DAY });

function date(year: number, month: number, day: number): PartialDate {
  return { year, month, day };
}

function fields({ year, month, day }: PartialDate): PartialDate {
  return { year, month, day };
}

describe("dayOf", () => {
  test.each([
    [date(1970, 1, 1), 0],
    [date(1969, 12, 31), -1],
    [date(1, 1, 1), FIRST_DAY],
    [date(9999, 12, 31), LAST_DAY],
    [date(99, 12, 31), -683_004],
    [date(100, 1, 1), -683_003],
    [date(2000, 2, 29), 11_016],
    [date(2024, 2, 29), 19_782],
    [date(2026, 11, 24), 20_781],
  ])("counts days since 1970-01-01: %j is %d", (input, expected) => {
    expect(dayOf(input)).toBe(expected);
  });

  test("takes a partial date for its first day", () => {
    expect(dayOf(date(2026, 0, 0))).toBe(dayOf(date(2026, 1, 1)));
    expect(dayOf(date(2026, 11, 0))).toBe(dayOf(date(2026, 11, 1)));
  });

  test.each([
    [date(0, 1, 1), "year 0 is not 1 to 9999"],
    [date(0, 0, 0), "year 0 is not 1 to 9999"],
    [date(-1, 1, 1), "year -1 is not 1 to 9999"],
    [date(10_000, 1, 1), "year 10000 is not 1 to 9999"],
    [date(Number.NaN, 1, 1), "year NaN is not 1 to 9999"],
    [date(2026.5, 1, 1), "year 2026.5 is not 1 to 9999"],
    [date(2026, 13, 1), "month 13 is not 1 to 12"],
    [date(2026, -1, 1), "month -1 is not 1 to 12"],
    [date(2026, 1.5, 1), "month 1.5 is not 1 to 12"],
    [date(2026, 0, 24), "day 24 needs a month"],
    [date(2026, 1, 32), "day 32 is not 1 to 31 in 2026-01"],
    [date(2026, 2, 31), "day 31 is not 1 to 28 in 2026-02"],
    [date(2026, 2, 29), "day 29 is not 1 to 28 in 2026-02"],
    [date(1900, 2, 29), "day 29 is not 1 to 28 in 1900-02"],
    [date(2024, 2, 30), "day 30 is not 1 to 29 in 2024-02"],
    [date(2026, 4, 31), "day 31 is not 1 to 30 in 2026-04"],
    [date(2026, 12, 32), "day 32 is not 1 to 31 in 2026-12"],
    [date(2026, 11, -1), "day -1 is not 1 to 30 in 2026-11"],
    [date(2026, 11, 0.5), "day 0.5 is not 1 to 30 in 2026-11"],
  ])("refuses %j and says which field is wrong", (input, message) => {
    expect(() => dayOf(input)).toThrow(new RangeError(message));
  });

  test("gives every day from the year 1 to 9999 back as the date it came from", () => {
    fc.assert(
      fc.property(day, (input) => {
        expect(dayOf(toDate(input))).toBe(input);
      }),
    );
  });
});

describe("periodOf", () => {
  test.each([
    ["a day", date(2026, 11, 24), date(2026, 11, 24), 1],
    ["a month", date(2026, 11, 0), date(2026, 11, 1), 30],
    ["a December", date(2026, 12, 0), date(2026, 12, 1), 31],
    ["a February", date(2026, 2, 0), date(2026, 2, 1), 28],
    ["a leap February", date(2024, 2, 0), date(2024, 2, 1), 29],
    ["a February of a leap century", date(2000, 2, 0), date(2000, 2, 1), 29],
    ["a February of another century", date(1900, 2, 0), date(1900, 2, 1), 28],
    ["a year", date(2026, 0, 0), date(2026, 1, 1), 365],
    ["a leap year", date(2024, 0, 0), date(2024, 1, 1), 366],
    ["the first year", date(1, 0, 0), date(1, 1, 1), 365],
    ["the last year", date(9999, 0, 0), date(9999, 1, 1), 365],
    ["the last month", date(9999, 12, 0), date(9999, 12, 1), 31],
    ["the last day", date(9999, 12, 31), date(9999, 12, 31), 1],
  ])("covers %s", (_, input, first, days) => {
    expect(periodOf(input)).toEqual({ first: dayOf(first), end: dayOf(first) + days });
  });

  test("is a year's months and a month's days, without a gap", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), (year) => {
        const whole = periodOf(date(year, 0, 0));
        let at = whole.first;
        for (let month = 1; month <= 12; month++) {
          const period = periodOf(date(year, month, 0));
          expect(period.first).toBe(at);
          at = period.end;
          expect(fields(toDate(period.end - 1))).toEqual(date(year, month, period.end - period.first));
        }
        expect(at).toBe(whole.end);
      }),
    );
  });

  test("refuses what dayOf refuses", () => {
    expect(() => periodOf(date(2026, 2, 31))).toThrow(new RangeError("day 31 is not 1 to 28 in 2026-02"));
    expect(() => periodOf(date(2026, 0, 1))).toThrow(new RangeError("day 1 needs a month"));
  });
});

describe("toDate", () => {
  test.each([
    [0, date(1970, 1, 1)],
    [-1, date(1969, 12, 31)],
    [FIRST_DAY, date(1, 1, 1)],
    [LAST_DAY, date(9999, 12, 31)],
    [19_782, date(2024, 2, 29)],
  ])("gives the full date of day %d", (input, expected) => {
    expect(fields(toDate(input))).toEqual(expected);
  });
});
