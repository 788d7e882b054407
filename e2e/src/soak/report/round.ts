import type { Tally } from "../scenarios/scenario.ts";

/** One round, as it is told. */
export interface Round {
  readonly scenario: string;
  readonly seed: number;
  readonly seconds: number;
  readonly tally: Tally;
}

/** What the rounds of a scenario came to. */
export interface Total extends Omit<Tally, "violations"> {
  readonly scenario: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly violations: number;
}

const FIGURES = [
  "recorded",
  "acknowledged",
  "stored",
  "refused",
  "dropped",
  "pending",
  "resent",
  "failures",
  "rollUps",
] as const;

export function totalOf(scenario: string, rounds: readonly Round[]): Total {
  const sums = {
    recorded: 0,
    acknowledged: 0,
    stored: 0,
    refused: 0,
    dropped: 0,
    pending: 0,
    resent: 0,
    failures: 0,
    rollUps: 0,
  };
  const faults: Record<string, number> = {};
  for (const { tally } of rounds) {
    for (const figure of FIGURES) sums[figure] += tally[figure];
    for (const [fault, count] of Object.entries(tally.faults)) faults[fault] = (faults[fault] ?? 0) + count;
  }
  const violations = rounds.reduce((sum, { tally }) => sum + tally.violations.length, 0);
  const seconds = rounds.reduce((sum, round) => sum + round.seconds, 0);
  return { scenario, rounds: rounds.length, seconds, violations, faults, ...sums };
}

export function totals(rounds: readonly Round[]): Total[] {
  const names = [...new Set(rounds.map(({ scenario }) => scenario))];
  return names.map((name) =>
    totalOf(
      name,
      rounds.filter(({ scenario }) => scenario === name),
    ),
  );
}
