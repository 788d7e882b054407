import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

/** As it was compiled (npm test compiles first): it starts processes, and so do they. */
const MAIN = fileURLToPath(new URL("../../dist/soak/main.js", import.meta.url));
const LIMIT_MS = 180_000;

interface Report {
  readonly rounds: readonly {
    readonly scenario: string;
    readonly tally: Readonly<
      Record<"recorded" | "acknowledged" | "stored" | "refused" | "dropped" | "pending", number>
    > & {
      readonly faults: Readonly<Record<string, number>>;
      readonly violations: readonly string[];
    };
  }[];
}

/** On the PostgreSQL of the tests, unless the scenario needs one of its own. */
function databaseUrl(scenario: string): string {
  if (scenario === "postgres-killed") return "";
  return process.env["TEST_DATABASE_URL"] || (process.env["COUNT_TEST_EMBEDDED_URL"] ?? "");
}

function soak(args: readonly string[], url: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: "", TEST_DATABASE_URL: url };
    const child = execFile(process.execPath, [MAIN, ...args], { env, timeout: LIMIT_MS }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe("the soak, in short", () => {
  test.each([
    ["server-killed", "the server is killed mid-batch"],
    ["postgres-killed", "PostgreSQL is killed"],
    ["broken-network", "the network cuts, delays, half-closes, swallows or falls silent"],
    ["conflicts", "one in three statements fails with 40001"],
    ["two-servers", "clients go to two servers in turn"],
    ["client-killed", "clients with their queues on disk are killed"],
    ["jumping-clocks", "clocks jump"],
    ["crowd", "a crowd of small clients loses its server"],
  ])(
    "%s: every request is counted exactly once when %s",
    async (scenario) => {
      const args = ["--once", "--only", scenario, "--seconds", "3", "--crowd", "300", "--json"];
      const { code, stdout, stderr } = await soak(args, databaseUrl(scenario));
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      const { rounds } = JSON.parse(stdout) as Report;
      expect(rounds.map((round) => round.scenario)).toEqual([scenario]);
      for (const { tally } of rounds) {
        expect(tally.violations).toEqual([]);
        expect(Object.keys(tally.faults)).not.toEqual([]);
        expect(tally.recorded).toBeGreaterThan(0);
        expect(tally.pending).toBe(0);
        expect(tally.recorded).toBe(tally.acknowledged + tally.dropped + tally.pending);
        expect(tally.acknowledged).toBe(tally.stored + tally.refused);
      }
    },
    LIMIT_MS + 10_000,
  );

  test("says which option is wrong, and what is accepted", async () => {
    const { code, stderr } = await soak(["--once", "--only", "nothing"], "");
    expect({ code, line: stderr.split("\n")[0] }).toEqual({
      code: 2,
      line: '--only has "nothing"; accepted are server-killed, postgres-killed, broken-network, conflicts, two-servers, client-killed, jumping-clocks, crowd',
    });
  });
});
