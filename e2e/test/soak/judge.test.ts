import { describe, expect, test } from "@jest/globals";
import type { LoadReport } from "../../src/soak/clients/messages.ts";
import { judge } from "../../src/soak/scenarios/judge.ts";

const REPORT: LoadReport = {
  recorded: 115,
  acknowledged: 110,
  refused: 10,
  dropped: 5,
  pending: 0,
  batchesResent: 0,
  failures: 0,
  expected: new Map([
    ["/1", 60],
    ["/2", 40],
  ]),
  expectedRefused: 10,
  expectedDropped: 5,
  violations: [],
};

function stored(byPath: Readonly<Record<string, number>>, refused = 10): Parameters<typeof judge>[1] {
  const total = Object.values(byPath).reduce((sum, count) => sum + count, 0);
  return { total, pending: 0, refused, byPath: new Map(Object.entries(byPath)) };
}

describe("the judge of a soak", () => {
  test("has nothing to say when everything adds up", () => {
    expect(judge([REPORT], stored({ "soak /1": 60, "soak /2": 40 }), true)).toEqual([]);
  });

  test("adds up several processes, path by path", () => {
    expect(judge([REPORT, REPORT], stored({ "soak /1": 120, "soak /2": 80 }, 20), true)).toEqual([]);
  });

  test("finds a single request that is counted twice", () => {
    expect(judge([REPORT], stored({ "soak /1": 61, "soak /2": 40 }), true)).toEqual([
      "acknowledged = stored + refused: 110 is not 111",
      "stored = recorded, less what is refused or invalid: 101 is not 100",
      "1 paths are stored wrongly, such as soak /1 61 for 60",
    ]);
  });

  test("finds a request that is counted for another path", () => {
    expect(judge([REPORT], stored({ "soak /1": 59, "soak /2": 41 }), true)).toEqual([
      "2 paths are stored wrongly, such as soak /1 59 for 60, soak /2 41 for 40",
    ]);
  });

  test("finds what a client lost track of, and what never arrived", () => {
    const report = { ...REPORT, pending: 1, violations: ["a counter says …"] };
    expect(judge([report], stored({ "soak /1": 60, "soak /2": 40 }), true)).toEqual([
      "a counter says …",
      "pending = 0 once everything is healed: 1 is not 0",
      "recorded = acknowledged + dropped + pending: 115 is not 116",
    ]);
  });

  test("does not ask which requests were refused when clocks jump", () => {
    const report = { ...REPORT, refused: 70, recorded: 115 };
    expect(judge([report], stored({ "soak /2": 40 }, 70), false)).toEqual([]);
    expect(judge([report], stored({ "soak /2": 40 }, 70), true)).toEqual([
      "refused = what servers do not admit: 70 is not 10",
      "1 paths are stored wrongly, such as soak /1 0 for 60",
    ]);
  });
});
