import { expect } from "@jest/globals";
import type { Finding, FindingId } from "../../src/doctor/finding.ts";
import { runCount } from "../support/run-count.ts";

export interface Diagnosis {
  readonly code: number | null;
  readonly ok: boolean;
  readonly wrong: number;
  readonly warnings: number;
  readonly findings: readonly Finding[];
  /** @throws when there is none */
  find(id: FindingId): Finding;
  /** The ids of a state. */
  ids(state: Finding["state"]): FindingId[];
}

/** Runs the real `count doctor --json` to its end. */
export async function runDoctor(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Diagnosis> {
  const { code, stdout, stderr } = await runCount(["doctor", "--json", ...args], { env });
  expect(stderr.replace(/^\(node:.*DEP0123.*\n\(Use .*\n/, "")).toBe("");
  const report = JSON.parse(stdout) as Omit<Diagnosis, "code" | "find" | "ids">;
  return {
    ...report,
    code,
    find: (id) => {
      const found = report.findings.find((finding) => finding.id === id);
      if (found === undefined) throw new Error(`no ${id} in ${stdout}`);
      return found;
    },
    ids: (state) => report.findings.filter((finding) => finding.state === state).map(({ id }) => id),
  };
}
