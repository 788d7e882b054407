import { describe, expect, test } from "@jest/globals";
import { readOptions, USAGE } from "../../src/kind/options.ts";
import { SCENARIOS } from "../../src/kind/scenarios/scenarios.ts";

const NAMES = SCENARIOS.map(({ name }) => name);

describe("the options of the kind suite", () => {
  test("are every scenario on a cluster that is made and deleted, when nothing is said", () => {
    expect(readOptions([])).toEqual({ only: NAMES, keep: false, reuse: false, atOnce: 2, json: false });
  });

  test("keep the order of the suite, whatever the order of --only", () => {
    expect(readOptions(["--only", "rollup,demo", "--keep", "--reuse", "--at-once", "3", "--json"])).toEqual({
      only: ["demo", "rollup"],
      keep: true,
      reuse: true,
      atOnce: 3,
      json: true,
    });
  });

  test("name a scenario that there is not, and those that there are", () => {
    expect(() => readOptions(["--only", "demo,nothing"])).toThrow(
      new RangeError(`--only has "nothing"; accepted are ${NAMES.join(", ")}`),
    );
  });

  test.each(["0", "9", "1.5", "two"])("refuse to play %s scenarios at once", (text) => {
    expect(() => readOptions(["--at-once", text])).toThrow(
      new RangeError(`--at-once is "${text}"; accepted are whole numbers from 1 to 8`),
    );
  });

  test("have a help that tells every scenario", () => {
    expect(readOptions(["--help"])).toBeUndefined();
    for (const { name, title } of SCENARIOS) expect(USAGE).toContain(`${name.padEnd(22)} ${title}\n`);
  });
});

test("no two scenarios of the kind suite have the same name", () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
});
