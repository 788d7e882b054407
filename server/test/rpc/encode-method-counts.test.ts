import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  dayOf,
  type ListDailyTotalsResponse,
  ListDailyTotalsResponseSchema,
  METHOD_NUMBERS,
  MethodCountSchema,
  toDate,
} from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeMethodCounts } from "../../src/rpc/encode-method-counts.ts";
import type { DayTotals, Totals } from "../../src/totals/totals.ts";

/** The same answer as protobuf-es has it. */
function message({ methods, days }: Totals): ListDailyTotalsResponse {
  const methodCounts = days.flatMap(({ day, methods: indexes, counts }) =>
    Array.from(indexes, (index, at) => {
      const { service, path, method } = methods[index]!;
      const date = day === undefined ? {} : { date: toDate(day) };
      return Object.assign(create(MethodCountSchema, { service, path, count: counts[at]!, ...date }), { method });
    }),
  );
  return create(ListDailyTotalsResponseSchema, { methodCounts });
}

function expectSame(totals: Totals): void {
  const bytes = encodeMethodCounts(totals);
  const expected = message(totals);
  expect(Buffer.isBuffer(bytes)).toBe(true);
  expect(bytes.equals(toBinary(ListDailyTotalsResponseSchema, expected))).toBe(true);
  expect(fromBinary(ListDailyTotalsResponseSchema, bytes)).toEqual(expected);
}

const get = { service: "svc", method: 3, path: "/users/:id" };
const day = dayOf({ year: 2026, month: 11, day: 24 });

function one(method: Totals["methods"][number], count: bigint, day: number | undefined): Totals {
  return { methods: [method], days: [{ day, methods: Uint32Array.of(0), counts: [count] }] };
}

describe("encodeMethodCounts", () => {
  test("writes the fields in the order of their numbers", () => {
    expect(encodeMethodCounts(one({ service: "s", method: 100, path: "/a" }, 300n, day)).toString("hex")).toBe(
      ["0a15", "0864", "12022f61", "18ac02", "220708ea0f100b1818", "2a0173"].join(""),
    );
  });

  test("has no bytes for no totals", () => {
    expect(encodeMethodCounts({ methods: [], days: [] })).toHaveLength(0);
  });

  test.each<[string, Totals]>([
    ["METHOD_UNSPECIFIED, which is not written", one({ ...get, method: 0 }, 1n, day)],
    ["an empty service, which is not written", one({ ...get, service: "" }, 1n, day)],
    ["an empty path, which is not written", one({ ...get, path: "" }, 1n, day)],
    ["a count of 0, which is not written", one(get, 0n, day)],
    ["nothing but a date", one({ service: "", method: 0, path: "" }, 0n, day)],
    ["nothing at all", one({ service: "", method: 0, path: "" }, 0n, undefined)],
    ["a period, which has no date", one(get, 5n, undefined)],
    ["a count just below 2^53", one(get, 2n ** 53n - 1n, day)],
    ["a count beyond 2^53", one(get, 2n ** 53n + 1n, day)],
    ["the largest count", one(get, 2n ** 63n - 1n, day)],
    ["a negative count", one(get, -1n, day)],
    ["a count of 32 bits", one(get, 2n ** 32n, day)],
    ["a method that is not in the enum", one({ ...get, method: 32_767 }, 1n, day)],
    ["a negative method", one({ ...get, method: -1 }, 1n, day)],
    ["a message of more than 127 bytes", one({ ...get, path: `/${"x".repeat(255)}` }, 1n, day)],
    ["a path of several bytes a character", one({ ...get, path: "/é/中/😀" }, 1n, day)],
    ["the first day", one(get, 1n, dayOf({ year: 1, month: 1, day: 1 }))],
    ["the last day", one(get, 1n, dayOf({ year: 9999, month: 12, day: 31 }))],
  ])("agrees with protobuf-es on %s", (_, totals) => {
    expectSame(totals);
  });

  test("agrees with protobuf-es on whatever totals", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 80 });
    const method = fc.record({ service: text, method: fc.constantFrom<number>(...METHOD_NUMBERS), path: text });
    const totals: fc.Arbitrary<Totals> = fc.array(method, { minLength: 1, maxLength: 6 }).chain((methods) => {
      const entry = fc.tuple(
        fc.nat(methods.length - 1),
        fc.oneof(fc.nat().map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
      );
      const dayTotals: fc.Arbitrary<DayTotals> = fc
        .tuple(fc.option(fc.integer({ min: -719_162, max: 2_932_896 }), { nil: undefined }), fc.array(entry))
        .map(([day, entries]) => ({
          day,
          methods: Uint32Array.from(entries, ([index]) => index),
          counts: entries.map(([, count]) => count),
        }));
      return fc.record({ methods: fc.constant(methods), days: fc.array(dayTotals, { maxLength: 4 }) });
    });
    fc.assert(fc.property(totals, expectSame), { numRuns: 500 });
  });
});
