import { describe, expect, test } from "@jest/globals";
import { civilDate, civilTime, isTimeZone } from "../../src/api/civil-time.ts";

describe("civil time", () => {
  test.each([
    ["2026-11-24T23:30:00Z", "UTC", "2026-11-24T23:30:00Z"],
    ["2026-11-24T23:30:00Z", "Europe/Berlin", "2026-11-25T00:30:00+01:00"],
    ["2026-07-24T23:30:00Z", "Europe/Berlin", "2026-07-25T01:30:00+02:00"],
    ["2026-11-24T00:30:00Z", "America/St_Johns", "2026-11-23T21:00:00-03:30"],
    ["2026-11-24T00:30:00Z", "Asia/Kathmandu", "2026-11-24T06:15:00+05:45"],
    ["2026-11-24T00:30:00Z", "Etc/GMT", "2026-11-24T00:30:00+00:00"],
    ["0001-01-02T00:00:00Z", "Etc/GMT", "0001-01-02T00:00:00+00:00"],
  ])("%s is in %s %s", (utc, zone, expected) => {
    expect(civilTime(Date.parse(utc), zone)).toBe(expected);
    expect(civilDate(Date.parse(utc), zone)).toBe(expected.slice(0, 10));
  });

  test("zones have names", () => {
    expect(
      ["UTC", "Europe/Berlin", "Etc/GMT+5", "+01:00", "Mars/Olympus", "", "constructor", "../etc/passwd"].filter(
        isTimeZone,
      ),
    ).toEqual(["UTC", "Europe/Berlin", "Etc/GMT+5"]);
  });
});
