/** What became of a scenario. */
export interface Result {
  readonly scenario: string;
  readonly outcome: "passed" | "failed" | "left out";
  readonly seconds: number;
  /** Figures of one that passed, or why it failed or was left out. */
  readonly words: string;
}

/** The last lines of a run, for people. */
export function summary(results: readonly Result[]): string {
  const count = (outcome: Result["outcome"]): number => results.filter((result) => result.outcome === outcome).length;
  const failed = results.filter(({ outcome }) => outcome === "failed").map(({ scenario }) => `FAILED: ${scenario}\n`);
  const leftOut = count("left out") === 0 ? "" : `, ${count("left out")} left out`;
  return `${failed.join("")}${count("passed")} passed, ${count("failed")} failed${leftOut}\n`;
}
