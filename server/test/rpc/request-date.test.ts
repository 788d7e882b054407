import { describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { requestedPeriod, requestedRange } from "../../src/rpc/request-date.ts";

function date(year: number, month = 0, day = 0): { year: number; month: number; day: number } {
  return { year, month, day };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("requestedPeriod", () => {
  test("is the day, month or year", () => {
    expect(requestedPeriod("date", date(1970, 1, 2))).toEqual({ first: 1, end: 2 });
    expect(requestedPeriod("date", date(1970, 2))).toEqual({ first: 31, end: 59 });
    expect(requestedPeriod("date", date(1970))).toEqual({ first: 0, end: 365 });
  });

  test.each([
    ["date", undefined, "date: required"],
    ["period", undefined, "period: required"],
    ["period", date(0), "period: year 0 is not 1 to 9999"],
    ["date", date(2026, 2, 31), "date: day 31 is not 1 to 28 in 2026-02"],
    ["date", date(2026, 0, 3), "date: day 3 needs a month"],
    ["date", date(2026, 13), "date: month 13 is not 1 to 12"],
  ])("refuses %s %j as %j", (field, input, message) => {
    const error = thrownBy(() => requestedPeriod(field, input));
    expect(error).toBeInstanceOf(CountError);
    expect(error).toMatchObject({ code: "invalid", message });
  });
});

describe("requestedRange", () => {
  test("includes both dates", () => {
    expect(requestedRange(date(1970, 1, 1), date(1970, 1, 1))).toEqual({ first: 0, end: 1 });
    expect(requestedRange(date(1970, 1, 1), date(1970, 1, 31))).toEqual({ first: 0, end: 31 });
  });

  test("takes a partial date for its first day", () => {
    expect(requestedRange(date(1970), date(1970, 2))).toEqual({ first: 0, end: 32 });
  });

  test.each([
    [undefined, date(2026), "start_date: required"],
    [date(2026), undefined, "end_date: required"],
    [undefined, undefined, "start_date: required"],
    [date(2026, 2, 30), date(2026), "start_date: day 30 is not 1 to 28 in 2026-02"],
    [date(2026), date(2026, 2, 30), "end_date: day 30 is not 1 to 28 in 2026-02"],
    [date(2026, 11, 30), date(2026, 11, 1), "start_date 2026-11-30 is after end_date 2026-11-01"],
    [date(2026, 11, 2), date(2026, 11), "start_date 2026-11-02 is after end_date 2026-11-01"],
  ])("refuses %j to %j as %j", (start, end, message) => {
    const error = thrownBy(() => requestedRange(start, end));
    expect(error).toBeInstanceOf(CountError);
    expect(error).toMatchObject({ code: "invalid", message });
  });
});
