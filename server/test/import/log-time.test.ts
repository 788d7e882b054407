import { dayOf } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LOG_TIME_BYTES, parseLogTime } from "../../src/import/log-time.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function parse(text: string): string | undefined {
  const seconds = parseLogTime(Buffer.from(text), 0);
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}

describe("the time of a log line", () => {
  test.each([
    ["17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03.000Z"],
    ["17/May/2015:10:05:03 +0200", "2015-05-17T08:05:03.000Z"],
    ["17/May/2015:22:05:03 -0330", "2015-05-18T01:35:03.000Z"],
    ["01/Jan/2026:00:30:00 +0100", "2025-12-31T23:30:00.000Z"],
    ["29/Feb/2024:23:59:59 +0000", "2024-02-29T23:59:59.000Z"],
    ["29/Feb/2000:00:00:00 +0000", "2000-02-29T00:00:00.000Z"],
    ["01/Jan/0001:00:00:00 +0000", "0001-01-01T00:00:00.000Z"],
    ["31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59.000Z"],
  ])("is an instant: %s", (text, instant) => {
    expect(parse(text)).toBe(instant);
  });

  test("counts a leap second as the second before it, which is of the same day", () => {
    expect(parse("31/Dec/2016:23:59:60 +0000")).toBe("2016-12-31T23:59:59.000Z");
  });

  test.each([
    "31/Feb/2015:10:05:03 +0000",
    "29/Feb/2023:10:05:03 +0000",
    "29/Feb/1900:10:05:03 +0000",
    "00/May/2015:10:05:03 +0000",
    "17/May/2015:24:00:00 +0000",
    "17/May/2015:10:60:03 +0000",
    "17/May/2015:10:05:61 +0000",
    "17/May/2015:10:05:03 +1600",
    "17/May/2015:10:05:03 +0060",
    "17/May/2015:10:05:03 00000",
    "17/Mai/2015:10:05:03 +0000",
    "17/may/2015:10:05:03 +0000",
    "17/May/0000:10:05:03 +0000",
    "01/Jan/0001:00:00:00 +0100",
    "31/Dec/9999:23:59:59 -0100",
    "1 /May/2015:10:05:03 +0000",
    "2015-05-17T10:05:03 +00:00",
  ])("is refused when there is no such time: %s", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test("agrees with the calendar on every day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(11), fc.nat(31), (year, month, day) => {
        const pad = (value: number, width: number) => String(value).padStart(width, "0");
        const text = `${pad(day, 2)}/${MONTHS[month]}/${pad(year, 4)}:00:00:00 +0000`;
        let expected: number | undefined;
        try {
          expected = day === 0 ? undefined : dayOf({ year, month: month + 1, day }) * 86_400;
        } catch {
          expected = undefined;
        }
        expect(parseLogTime(Buffer.from(text), 0)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: LOG_TIME_BYTES, maxLength: LOG_TIME_BYTES }), (bytes) => {
        parseLogTime(Buffer.from(bytes), 0);
      }),
    );
  });
});
