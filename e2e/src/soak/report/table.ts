import { type Round, type Total, totalOf, totals } from "./round.ts";

const HEAD = [
  "scenario",
  "rounds",
  "seconds",
  "faults",
  "recorded",
  "acknowledged",
  "stored",
  "refused",
  "dropped",
  "pending",
  "resent",
  "roll-ups",
  "violations",
];

function figure(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function faultsOf({ faults }: Pick<Total, "faults">): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0);
}

function row(total: Total): string[] {
  const { recorded, acknowledged, stored, refused, dropped, pending, resent, rollUps, violations } = total;
  const figures = [recorded, acknowledged, stored, refused, dropped, pending, resent, rollUps, violations];
  return [total.scenario, ...[total.rounds, total.seconds, faultsOf(total), ...figures].map(figure)];
}

/** The tally of all rounds, for people. */
export function table(rounds: readonly Round[]): string {
  const rows = [HEAD, ...totals(rounds).map(row), row(totalOf("all", rounds))];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ");
  return `${rows.map(line).join("\n")}\n`;
}

/** What a round came to, in one line. */
export function progressLine({ scenario, seed, seconds, tally }: Round): string {
  const { recorded, stored, refused, dropped, resent, violations, faults } = tally;
  const done = Object.entries(faults).map(([fault, count]) => `${count} × ${fault}`);
  const verdict = violations.length === 0 ? "ok" : "VIOLATED";
  const figures = `recorded ${figure(recorded)} = stored ${figure(stored)} + refused ${figure(refused)} + dropped ${figure(dropped)}`;
  return `${verdict}  ${scenario}, seed ${seed}, ${seconds.toFixed(1)} s: ${figures}; ${figure(resent)} batches resent; ${done.join(", ")}`;
}
