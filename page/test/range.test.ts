import { describe, expect, test } from "@jest/globals";
import { addDays, daysOf, granularityOf, lengthOf, today } from "../src/state/range.ts";
import { DEFAULT_VIEW, type Preset } from "../src/state/view.ts";

const NOW = Date.parse("2026-03-01T23:30:00Z");

function days(range: Preset, timeZone = "UTC") {
  return daysOf({ ...DEFAULT_VIEW, range, timeZone }, NOW);
}

describe("the range of a view", () => {
  test.each([
    ["today", "2026-03-01"],
    ["7d", "2026-02-23"],
    ["30d", "2026-01-31"],
    ["90d", "2025-12-02"],
    ["12m", "2025-04-01"],
  ] as const)("%s begins on %s", (preset, from) => {
    expect(days(preset)).toEqual({ from, to: "2026-03-01" });
  });

  test("ends today in the time zone", () => {
    expect(days("today", "Asia/Tokyo")).toEqual({ from: "2026-03-02", to: "2026-03-02" });
    expect(today("Pacific/Honolulu", NOW)).toBe("2026-03-01");
    // A link may name a zone that this browser does not know.
    expect(today("Mars/Olympus", NOW)).toBe("2026-03-01");
  });

  test("is as long as its days, leap days included", () => {
    expect(lengthOf({ from: "2028-02-28", to: "2028-03-01" })).toBe(3);
    expect(addDays("2028-02-28", 2)).toBe("2028-03-01");
  });

  test("is cut into some thirty to a hundred periods by itself, and never into thousands", () => {
    const cut = (range: Preset) => granularityOf({ ...DEFAULT_VIEW, range }, days(range));
    expect((["today", "7d", "30d", "90d", "12m"] as const).map(cut)).toEqual(["hour", "day", "day", "day", "month"]);
    const quarters = { ...DEFAULT_VIEW, granularity: "quarter_hour" as const };
    expect(granularityOf(quarters, days("today"))).toBe("quarter_hour");
    expect(granularityOf(quarters, days("30d"))).toBe("day");
  });
});
