import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeControls } from "../../src/cli/escape-controls.ts";
import { toJson } from "../../src/cli/json.ts";
import { formatPeriod, parseDay, periodParser } from "../../src/cli/period.ts";
import { parseServerAddress } from "../../src/cli/server-address.ts";
import { counted, formatCount, formatTable } from "../../src/cli/table.ts";
import { toCsv } from "../../src/domain/csv.ts";

describe("text from the wire", () => {
  test.each([
    ["/a\u001b[31mred", "/a\\x1b[31mred"],
    ["/a\r\n\tb", "/a\\r\\n\\tb"],
    ["/\u009b2J\u007f\0", "/\\x9b2J\\x7f\\x00"],
    ["/\u202egnp.exe\u200b", "/\\u{202e}gnp.exe\\u{200b}"],
    ["/\u2028\ud800", "/\\u{2028}\\u{d800}"],
    ["/café/日本/😀 \\n", "/café/日本/😀 \\n"],
  ])("is printed without what a terminal would act on: %j", (text, printed) => {
    expect(escapeControls(text)).toBe(printed);
  });
});

describe("JSON", () => {
  test("has counts as numbers where doubles are exact, and as strings beyond", () => {
    expect(toJson([1n, 9_007_199_254_740_991n, 9_007_199_254_740_992n])).toBe(
      '[\n  1,\n  9007199254740991,\n  "9007199254740992"\n]\n',
    );
  });

  test("has nothing in it that a terminal acts on, and is the same value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = toJson([text]);
        expect(JSON.parse(json)).toEqual([text]);
        expect(json.slice(4)).not.toMatch(/[\u007f-\u009f\u202e]/);
      }),
    );
  });
});

describe("CSV", () => {
  test("quotes what RFC 4180 says must be, and ends lines with CRLF", () => {
    expect(
      toCsv(
        ["path", "count"],
        [
          ["/a", "1"],
          ['/a,"b"', "2"],
          ["/a\r\nb", "3"],
          ["", "4"],
        ],
      ),
    ).toBe('path,count\r\n/a,1\r\n"/a,""b""",2\r\n"/a\r\nb",3\r\n,4\r\n');
  });
});

describe("a table", () => {
  test("aligns numbers to the right, and does not pad its last column", () => {
    const columns = [
      { title: "COUNT", align: "right" },
      { title: "PATH", align: "left" },
    ] as const;
    expect(
      formatTable(columns, [
        [formatCount(1_234_567n), "/a"],
        ["1", "/longer"],
      ]),
    ).toBe("    COUNT  PATH\n1,234,567  /a\n        1  /longer\n");
  });

  test("counts things in English", () => {
    expect([counted(0, "row"), counted(1n, "row"), counted(1_000, "row")]).toEqual(["0 rows", "1 row", "1,000 rows"]);
  });
});

describe("a period", () => {
  const now = () => Date.parse("2026-03-01T00:00:00Z");

  test.each([
    ["2026-11-22", { year: 2026, month: 11, day: 22 }],
    ["2026-11", { year: 2026, month: 11, day: 0 }],
    ["2026", { year: 2026, month: 0, day: 0 }],
    ["today", { year: 2026, month: 3, day: 1 }],
    ["yesterday", { year: 2026, month: 2, day: 28 }],
  ])("is a day, month or year: %s", (text, period) => {
    expect(periodParser(now)(text)).toEqual(period);
  });

  test.each([
    ["2026-02-31", "day 31 is not 1 to 28 in 2026-02."],
    ["2026-13", "month 13 is not 1 to 12."],
    ["2026-00", "month 0 is not 1 to 12."],
    ["2026-11-00", "day 0 is not a day of a month."],
    ["0000", "year 0 is not 1 to 9999."],
    ["2026-1-1", "It must be a day, month or year like 2026-11-22, 2026-11 or 2026; or today, yesterday."],
    ["", "It must be a day, month or year like 2026-11-22, 2026-11 or 2026; or today, yesterday."],
  ])("is refused when it does not exist: %j", (text, message) => {
    expect(() => periodParser(now)(text)).toThrow(message);
  });

  test("must be a day where one is asked for", () => {
    expect(() => parseDay("2026-11")).toThrow("It must be a day like 2026-11-22; or today, yesterday.");
  });

  test.each(["2026-11-22", "2026-11", "2026", "0999-01-01"])("is printed as it is given: %s", (text) => {
    expect(formatPeriod(periodParser(now)(text))).toBe(text);
  });
});

describe("a server's address", () => {
  test.each([
    ["127.0.0.1:7777", "127.0.0.1:7777"],
    ["localhost", "localhost:7777"],
    ["count.example:443", "count.example:443"],
    ["[::1]", "[::1]:7777"],
    ["[::1]:80", "[::1]:80"],
    ["dns:///count.example:7777", "dns:///count.example:7777"],
    ["unix:/run/count.sock", "unix:/run/count.sock"],
    ["dns:53", "dns:53"],
  ])("is a gRPC target: %s", (text, target) => {
    expect(parseServerAddress(text)).toBe(target);
  });

  test.each([
    ["http://localhost:7777", "Leave out http://."],
    ["https://localhost:7777", "Leave out https:// and add --tls."],
    ["::1", "It must be host:port such as 127.0.0.1:7777 or [::1]:7777, dns:///host:port or unix:/path."],
    ["localhost:0", "It must be host:port"],
    ["localhost:65536", "It must be host:port"],
    ["local host", "It must be host:port"],
    ["", "It must be host:port"],
    ["postgres://db", "It must be host:port"],
  ])("is refused when it is none: %j", (text, message) => {
    expect(() => parseServerAddress(text)).toThrow(message);
  });
});
