import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { unescapeLogged } from "../../src/import/unescape.ts";

describe("what servers escape in their logs", () => {
  test.each([
    ["/a\\x22b", '/a"b'],
    ['/a\\"b', '/a"b'],
    ["/a\\\\b", "/a\\b"],
    ["/\\xc3\\xa9\\xC3\\xA9", "/éé"],
    ["/\\t\\n\\r\\v\\b", "/\t\n\r\v\b"],
    ["/\\d\\/", "/\\d\\/"],
    ["/\\xg0\\x1", "/\\xg0\\x1"],
    ["/a\\", "/a\\"],
    ["/\\\\x41", "/\\x41"],
  ])("%s was %j", (logged, sent) => {
    expect(unescapeLogged(Buffer.from(logged)).toString()).toBe(sent);
  });

  test("gives back the bytes that were sent, escaped as Apache does", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const escaped = [...bytes]
          .map((byte) => {
            if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
            return byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte);
          })
          .join("");
        expect([...unescapeLogged(Buffer.from(escaped))]).toEqual([...bytes]);
      }),
    );
  });
});
