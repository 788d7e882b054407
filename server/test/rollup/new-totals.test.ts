import { expect, test } from "@jest/globals";
import { NewTotals } from "../../src/rollup/new-totals.ts";

test("Of a day and method the greatest total stays, in whatever order they come, and days come in order", () => {
  const totals = new NewTotals();
  totals.addRows([
    { day: 5n, method_id: 1n, total: 10n },
    { day: 5n, method_id: 2n, total: 20n },
    { day: -3n, method_id: 1n, total: 1n },
  ]);
  totals.addRows([{ day: 5n, method_id: 1n, total: 15n }]);
  totals.addRows([{ day: 5n, method_id: 1n, total: 12n }]);
  expect(totals.toTotals()).toEqual([
    { day: -3, ids: ["1"], counts: [1n] },
    { day: 5, ids: ["1", "2"], counts: [15n, 20n] },
  ]);
});

test("Totals that were read are added to those that were written", () => {
  const totals = new NewTotals();
  totals.addRows([{ day: 5n, method_id: 9_007_199_254_740_993n, total: 1n }]);
  totals.add([{ day: 5, ids: ["9007199254740993", "7"], counts: [2n, 3n] }]);
  expect(totals.toTotals()).toEqual([{ day: 5, ids: ["9007199254740993", "7"], counts: [2n, 3n] }]);
});
