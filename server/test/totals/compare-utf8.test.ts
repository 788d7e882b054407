import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareUtf8 } from "../../src/totals/compare-utf8.ts";

test.each([
  ["", "a"],
  ["a", "aa"],
  ["B", "a"],
  ["/A", "/a"],
  ["/a-b", "/a/b"],
  ["z", "é"],
  ["\uffff", "\u{10000}"],
  ["\ue000", "😀"],
  ["\ud7ff", "\ue000"],
  ["😀", "😁"],
  ["a😀", "a😀a"],
])("%j comes before %j", (a, b) => {
  expect(compareUtf8(a, b)).toBeLessThan(0);
  expect(compareUtf8(b, a)).toBeGreaterThan(0);
  expect(compareUtf8(a, a)).toBe(0);
});

test("The order is that of the bytes in UTF-8", () => {
  // Characters whose order differs between UTF-16 and UTF-8, with long common beginnings.
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom("a", "é", "\ue000", "\uffff", "\ud7ff", "😀", "\u{10000}", "\u{10ffff}"),
        fc.string({ unit: "binary", maxLength: 2 }),
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});
