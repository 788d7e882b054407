import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { orderTotals } from "../../src/totals/order-totals.ts";
import type { CountedMethod } from "../../src/totals/totals.ts";

const names = new Map<string, CountedMethod>([
  ["1", { service: "", method: 3, path: "/b" }],
  ["2", { service: "z", method: 3, path: "/a" }],
  ["3", { service: "a", method: 3, path: "/a" }],
  ["4", { service: "z", method: 2, path: "/a" }],
  ["5", { service: "", method: 0, path: "/B" }],
]);

test("Methods come by path, then number, then service, and each day's indexes ascend", () => {
  const totals = orderTotals(
    [
      { day: 1, ids: ["1", "2", "3"], counts: [10n, 20n, 30n] },
      { day: 2, ids: ["5", "4", "2"], counts: [50n, 40n, 21n] },
    ],
    names,
  );
  expect(totals).toEqual({
    methods: ["5", "4", "3", "2", "1"].map((id) => names.get(id)),
    days: [
      { day: 1, methods: Uint32Array.of(2, 3, 4), counts: [30n, 20n, 10n] },
      { day: 2, methods: Uint32Array.of(0, 1, 3), counts: [50n, 40n, 21n] },
    ],
  });
});

test("Nothing is nothing", () => {
  expect(orderTotals([], new Map())).toEqual({ methods: [], days: [] });
});

test("Every count keeps its method, whatever the order that it came in", () => {
  const day = fc
    .shuffledSubarray([...names.keys()])
    .chain((ids) =>
      fc.tuple(fc.constant(ids), fc.array(fc.bigInt({ min: 1n }), { minLength: ids.length, maxLength: ids.length })),
    );
  fc.assert(
    fc.property(fc.array(day), (days) => {
      const totals = orderTotals(
        days.map(([ids, counts], at) => ({ day: at, ids, counts })),
        names,
      );
      const back = totals.days.map(
        ({ methods, counts }) => new Map(Array.from(methods, (method, at) => [totals.methods[method], counts[at]])),
      );
      expect(back).toEqual(days.map(([ids, counts]) => new Map(ids.map((id, at) => [names.get(id), counts[at]]))));
      for (const { methods } of totals.days) expect(methods).toEqual(Uint32Array.from(methods).sort());
    }),
  );
});
