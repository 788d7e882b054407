import { Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseLogLine } from "../../src/import/log-line.ts";
import { REFUSALS } from "../../src/import/refusal.ts";

const TIME = "[17/May/2015:10:05:03 +0200]";
const SECONDS = Date.parse("2015-05-17T08:05:03Z") / 1000;

function parse(line: string | Buffer) {
  const bytes = Buffer.from(line);
  return parseLogLine(bytes, 0, bytes.length, 256);
}

/** A Combined line with this request line, as it is logged. */
function combined(request: string, encoding: BufferEncoding = "utf8"): Buffer {
  return Buffer.from(`192.0.2.1 - - ${TIME} "${request}" 200 123 "https://a.example/" "agent/1.0"`, encoding);
}

describe("a line of an access log", () => {
  test.each([
    ["Common", `192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" 200 123`],
    ["Common without a size", `192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" 304 -`],
    ["Common without a status", `192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" - -`],
    ["Combined", `192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" 200 123 "https://a.example/" "agent/1.0"`],
    ["Combined, cut off in the agent", `192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" 200 123 "-" "agen`],
    ["Combined with fields after it", `192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" 200 123 "-" "-" 0.031 "-"`],
    ["vhost_combined", `www.example:443 192.0.2.1 - - ${TIME} "GET /a HTTP/1.1" 200 123 "-" "-"`],
    ["vhost_combined with IPv6", `[2001:db8::1]:443 ::1 - - ${TIME} "GET /a HTTP/1.1" 200 123 "-" "-"`],
    ["a user with spaces and brackets", `192.0.2.1 - a [b] c ${TIME} "GET /a HTTP/1.1" 200 123`],
    ["an empty user", `192.0.2.1 -  ${TIME} "GET /a HTTP/1.1" 200 123`],
  ])("is read: %s", (_, line) => {
    expect(parse(line)).toEqual({ method: Method.GET, path: "/a", seconds: SECONDS });
  });

  test.each([
    ["GET /a?b=1#c HTTP/1.1", Method.GET, "/a"],
    ["GET /a#c?d HTTP/1.1", Method.GET, "/a"],
    ["GET /?x HTTP/2.0", Method.GET, "/"],
    ["GET / HTTP/3", Method.GET, "/"],
    ["GET /old", Method.GET, "/old"],
    ["GET //a/../b//c HTTP/1.1", Method.GET, "//a/../b//c"],
    ["GET /a b c HTTP/1.1", Method.GET, "/a b c"],
    ["GET /a%20b%3Fc HTTP/1.1", Method.GET, "/a%20b%3Fc"],
    ["GET http://host.example:81/path?q HTTP/1.1", Method.GET, "/path"],
    ["GET http://host.example HTTP/1.1", Method.GET, "/"],
    ["GET http://host.example?q=/x HTTP/1.1", Method.GET, "/"],
    ["CONNECT host.example:443 HTTP/1.1", Method.CONNECT, "host.example:443"],
    ["OPTIONS * HTTP/1.1", Method.OPTIONS, "*"],
    ["PRI * HTTP/2.0", Method.OTHER, "*"],
    ["PATCH /a HTTP/1.1", Method.PATCH, "/a"],
    ["PROPFIND /dav/ HTTP/1.1", Method.OTHER, "/dav/"],
    ["get /a HTTP/1.1", Method.OTHER, "/a"],
    ["GET /caf\\xc3\\xa9 HTTP/1.1", Method.GET, "/café"],
    ["GET /café HTTP/1.1", Method.GET, "/café"],
    ['GET /a\\"b\\\\c HTTP/1.1', Method.GET, '/a"b\\c'],
    ["GET /a\\x22b HTTP/1.1", Method.GET, '/a"b'],
    ['GET /a"b HTTP/1.1', Method.GET, '/a"b'],
    ["GET /a\\\\ HTTP/1.1", Method.GET, "/a\\"],
    [`GET /${"x".repeat(255)}?y HTTP/1.1`, Method.GET, `/${"x".repeat(255)}`],
  ])("has a method and a path without query string and fragment: %s", (request, method, path) => {
    expect(parse(combined(request))).toEqual({ method, path, seconds: SECONDS });
  });

  test.each([
    "-",
    "",
    "\\x16\\x03\\x01\\x02",
    "\\x16\\x03\\x01 /a HTTP/1.1",
    "GET",
    "GET ",
    " /a HTTP/1.1",
    "GET HTTP/1.1",
    "GET  HTTP/1.1",
    "t3 12.1.2",
    "SSH-2.0-Go",
    "GET a",
    `${"M".repeat(33)} / HTTP/1.1`,
  ])("is refused without a request line: %j", (request) => {
    expect(parse(combined(request))).toBe("no-request-line");
  });

  test.each([
    ["path-empty", combined("GET ?a=1 HTTP/1.1")],
    ["path-empty", combined("GET #a HTTP/1.1")],
    ["path-too-long", combined(`GET /${"x".repeat(256)} HTTP/1.1`)],
    ["path-too-long", combined(`GET /${"é".repeat(128)} HTTP/1.1`)],
    ["path-nul", combined("GET /a\\x00b HTTP/1.1")],
    ["path-nul", combined("GET /a\0b HTTP/1.1")],
    ["path-not-utf8", combined("GET /\\xff HTTP/1.1")],
    ["path-not-utf8", combined("GET /\\xed\\xa0\\x80 HTTP/1.1")],
    ["path-not-utf8", combined("GET /caf\xe9 HTTP/1.1", "latin1")],
    ["time-invalid", `192.0.2.1 - - [31/Feb/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1`],
    ["time-invalid", `192.0.2.1 - - [17/Mai/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1`],
    ["time-invalid", `192.0.2.1 - - [2015-05-17T10:05:03+00:00] "GET / HTTP/1.1" 200 1`],
    ["time-invalid", `] "GET / HTTP/1.1" 200 1`],
    ["no-log-line", "hello"],
    ["no-log-line", `${TIME} "GET / HTTP/1.1" 200 1`],
    ["no-log-line", `192.0.2.1 - ${TIME} "GET / HTTP/1.1" 200 1`],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1`],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1\\" 200 1`],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1" 200`],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1" 200 `],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1" 20 1`],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1" 2000 1`],
    ["no-log-line", `192.0.2.1 - - ${TIME} "GET / HTTP/1.1" 200 1x`],
    ["no-log-line", `{"time":"2015-05-17","path":"/"}`],
  ])("is refused, saying why: %s", (reason, line) => {
    expect(parse(line)).toBe(reason);
  });

  test("is refused or read whatever its bytes are, and only its own bytes are looked at", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          TIME,
          '] "',
          '"',
          "\\",
          "\\x",
          " ",
          "GET ",
          "/a",
          " HTTP/1.1",
          '" 200 1',
          "http://",
          "?",
          "h - - ",
        )
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const line = Buffer.concat(pieces);
        const alone = parseLogLine(line, 0, line.length, 256);
        if (typeof alone === "string") expect(REFUSALS[alone]).toEqual(expect.any(String));
        else expect(Buffer.byteLength(alone.path)).toBeLessThanOrEqual(256);
        // Lines lie side by side in a chunk; what is around one must not matter.
        const around = Buffer.concat([Buffer.from("0/1\n"), line, Buffer.from('\n9/x HTTP/1.1" 200 1\n')]);
        expect(parseLogLine(around, 4, 4 + line.length, 256)).toEqual(alone);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ["quotes", '"'.repeat(65_536)],
    ["ends of a time", '] "'.repeat(21_845)],
    ["backslashes", `h - - ${TIME} "${"\\".repeat(65_000)}`],
    ["false ends of the request line", `h - - ${TIME} "GET /${'" 200 1'.repeat(9_000)}x`],
  ])("takes time in proportion to its length: %s", (_, line) => {
    const bytes = Buffer.from(line);
    const started = performance.now();
    for (let round = 0; round < 20; round++) parseLogLine(bytes, 0, bytes.length, 256);
    // 65 KB take about 0.3 ms; a quadratic parser would take seconds.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
