import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { uint64Varint, varint, varintSize, writeVarint } from "../../src/rpc/varint.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test.each([
  [0, "00"],
  [1, "01"],
  [127, "7f"],
  [128, "8001"],
  [300, "ac02"],
  [16_383, "ff7f"],
  [16_384, "808001"],
  [2 ** 31 - 1, "ffffffff07"],
  [2 ** 31, "8080808008"],
  [2 ** 32 - 1, "ffffffff0f"],
  [2 ** 32, "8080808010"],
  [2 ** 53 - 1, "ffffffffffffff0f"],
])("%d is %s", (value, expected) => {
  expect(hex(varint(value))).toBe(expected);
  expect(hex(uint64Varint(BigInt(value)))).toBe(expected);
  expect(varintSize(value)).toBe(expected.length / 2);
});

test.each([
  [2n ** 53n, "8080808080808010"],
  [2n ** 63n - 1n, "ffffffffffffffff7f"],
  [-1n, "ffffffffffffffffff01"],
  [-(2n ** 63n), "80808080808080808001"],
])("%d is %s", (value, expected) => {
  expect(hex(uint64Varint(value))).toBe(expected);
});

test("A varint is written where it is told to, and says where it ends", () => {
  const out = new Uint8Array(6);
  expect(writeVarint(out, 2, 300)).toBe(4);
  expect(hex(out)).toBe("0000ac020000");
});

test("Numbers and bigints are encoded alike", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(hex(varint(value))).toBe(hex(uint64Varint(BigInt(value))));
    }),
  );
});
