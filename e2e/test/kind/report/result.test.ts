import { expect, test } from "@jest/globals";
import { type Result, summary } from "../../../src/kind/report/result.ts";

function result(scenario: string, outcome: Result["outcome"]): Result {
  return { scenario, outcome, seconds: 1, words: "" };
}

test("a summary ends with how many scenarios passed and failed", () => {
  expect(summary([result("demo", "passed"), result("helm", "passed")])).toBe("2 passed, 0 failed\n");
  expect(summary([result("demo", "passed"), result("helm", "failed"), result("overlay", "left out")])).toBe(
    "FAILED: helm\n1 passed, 1 failed, 1 left out\n",
  );
});
