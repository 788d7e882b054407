import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson, checksum } from "../../src/manifests/canonical.ts";

describe("canonical JSON", () => {
  test("sorts keys, leaves out what is undefined, and escapes as Go does", () => {
    expect(canonicalJson({ b: [{ z: 1, a: "<&>" }], a: undefined, aa: "\u2028" })).toBe(
      '{"aa":"\\u2028","b":[{"a":"\\u003c\\u0026\\u003e","z":1}]}',
    );
    expect(canonicalJson({ 1: true, "00": null })).toBe('{"00":null,"1":true}');
    expect(checksum({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });

  test("is the same whatever the order of the keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
