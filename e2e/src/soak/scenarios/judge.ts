import type { LoadReport } from "../clients/messages.ts";
import type { Stored } from "./stored.ts";

const MAX_PATHS = 5;

/**
 * Holds what the clients say against what the database has, exactly.
 *
 * @param isRegular false when clocks jump: then a server refuses what its clock does not allow, and nobody else can say what
 * @returns what does not add up
 */
export function judge(reports: readonly LoadReport[], stored: Stored, isRegular: boolean): string[] {
  const violations = reports.flatMap((report) => report.violations);
  const sum = (of: (report: LoadReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  const must = (what: string, left: number, right: number): void => {
    if (left !== right) violations.push(`${what}: ${left} is not ${right}`);
  };
  const recorded = sum((one) => one.recorded);
  const acknowledged = sum((one) => one.acknowledged);
  const refused = sum((one) => one.refused);
  const dropped = sum((one) => one.dropped);
  const pending = sum((one) => one.pending);
  must("pending = 0 once everything is healed", pending, 0);
  must("recorded = acknowledged + dropped + pending", recorded, acknowledged + dropped + pending);
  must("acknowledged = stored + refused", acknowledged, stored.total + refused);
  must("refused, as the clients know it = as the cursors have it", refused, stored.refused);
  const expectedDropped = sum((one) => one.expectedDropped);
  must("dropped = what is invalid", dropped, expectedDropped);
  if (!isRegular) return violations;
  must(
    "refused = what servers do not admit",
    refused,
    sum((one) => one.expectedRefused),
  );
  must("stored = recorded, less what is refused or invalid", stored.total, recorded - refused - expectedDropped);
  violations.push(...wrongPaths(expectedPaths(reports), stored.byPath));
  return violations;
}

function expectedPaths(reports: readonly LoadReport[]): Map<string, number> {
  const expected = new Map<string, number>();
  for (const report of reports) {
    for (const [path, count] of report.expected)
      expected.set(`soak ${path}`, (expected.get(`soak ${path}`) ?? 0) + count);
  }
  return expected;
}

function wrongPaths(expected: ReadonlyMap<string, number>, stored: ReadonlyMap<string, number>): string[] {
  const paths = new Set([...expected.keys(), ...stored.keys()]);
  const wrong = [...paths].filter((path) => (expected.get(path) ?? 0) !== (stored.get(path) ?? 0));
  const told = wrong
    .slice(0, MAX_PATHS)
    .map((path) => `${path} ${stored.get(path) ?? 0} for ${expected.get(path) ?? 0}`);
  return wrong.length === 0 ? [] : [`${wrong.length} paths are stored wrongly, such as ${told.join(", ")}`];
}
