import { dayOf, periodOf } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { closedPeriods } from "../../src/rollup/closed-periods.ts";

const FIRST_DAY = dayOf({ year: 1, month: 1, day: 1 });
const LAST_DAY = dayOf({ year: 9999, month: 12, day: 31 });

describe("closedPeriods", () => {
  test("are years, then months of this year, then days of this month", () => {
    expect(closedPeriods(dayOf({ year: 2026, month: 3, day: 4 }), 2024)).toEqual([
      { year: 2024, month: 0, day: 0 },
      { year: 2025, month: 0, day: 0 },
      { year: 2026, month: 1, day: 0 },
      { year: 2026, month: 2, day: 0 },
      { year: 2026, month: 3, day: 1 },
      { year: 2026, month: 3, day: 2 },
      { year: 2026, month: 3, day: 3 },
    ]);
  });

  test("are only years on 1 January", () => {
    expect(closedPeriods(dayOf({ year: 2026, month: 1, day: 1 }), 2025)).toEqual([{ year: 2025, month: 0, day: 0 }]);
  });

  test("are none when no day since then is closed", () => {
    expect(closedPeriods(dayOf({ year: 2026, month: 1, day: 1 }), 2026)).toEqual([]);
    expect(closedPeriods(dayOf({ year: 2026, month: 11, day: 24 }), 2027)).toEqual([]);
  });

  test("cover exactly every day from 1 January of the first year to yesterday, in order and without overlap", () => {
    const year = fc.integer({ min: 1, max: 9999 });
    fc.assert(
      fc.property(fc.integer({ min: FIRST_DAY, max: LAST_DAY }), year, (today, sinceYear) => {
        const since = dayOf({ year: sinceYear, month: 1, day: 1 });
        const periods = closedPeriods(today, sinceYear).map(periodOf);
        const firsts = periods.map(({ first }) => first);
        const ends = periods.map(({ end }) => end);
        // Each begins where the one before it ends.
        expect([...firsts, Math.max(since, today)]).toEqual([since, ...ends]);
      }),
    );
  });

  test("are at most 30 days, 11 months and the years", () => {
    expect(closedPeriods(dayOf({ year: 2026, month: 12, day: 31 }), 2000)).toHaveLength(26 + 11 + 30);
    expect(closedPeriods(LAST_DAY, 1)).toHaveLength(9_998 + 11 + 30);
  });

  test.each([0, -1, 10_000, 2026.5, Number.NaN])("refuse %d as the first year", (sinceYear) => {
    expect(() => closedPeriods(20_781, sinceYear)).toThrow(new RangeError(`since year ${sinceYear} is not 1 to 9999`));
  });
});
