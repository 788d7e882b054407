import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import type { Report } from "../src/run-bench.ts";

/** As it was compiled (npm test compiles first): it starts processes, and so do they. */
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const LIMIT_MS = 180_000;

function bench(args: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, "--json", ...args], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Report);
      else reject(new Error(stderr, { cause: error }));
    });
  });
}

describe("the bench", () => {
  // Each run fails unless exactly what was recorded is stored; how fast it was is not for a test to say.
  test(
    "measures Record from client processes to the database, with every count checked",
    async () => {
      const { measures } = await bench(["--only", "record", "--runs", "1", "--seconds", "1", "--clients", "20"]);
      expect(measures.map(({ name, candidates }) => [name, candidates.map((one) => [one.name, one.failure])])).toEqual([
        [
          "record-few",
          [
            ["count", undefined],
            ["baseline", undefined],
            ["bare", undefined],
            ["copy", undefined],
          ],
        ],
        [
          "record-small",
          [
            ["count", undefined],
            ["baseline", undefined],
            ["bare", undefined],
          ],
        ],
      ]);
      for (const { figure } of measures.flatMap(({ candidates }) => candidates)) expect(figure?.min).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  test(
    "measures queries of a year for each number of rows, with every answer checked",
    async () => {
      const { measures } = await bench(["--only", "query", "--runs", "1", "--rows", "10000,20000"]);
      const candidates = [
        "a service by day (500 paths): count",
        "a service by day (500 paths): SQL",
        "its paths by day, a page of 1,000: count",
        "its paths by day, a page of 1,000: SQL",
        "top 20 of all paths: count",
        "top 20 of all paths: SQL",
        "limit: each row read once",
      ];
      expect(measures.map(({ title, candidates: all }) => [title, all.map(({ name }) => name)])).toEqual([
        ["QueryTotals of a year, 9,855 daily totals stored", candidates],
        ["QueryTotals of a year, 19,710 daily totals stored", candidates],
      ]);
      for (const { figure } of measures.flatMap(({ candidates: all }) => all)) expect(figure?.min).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
