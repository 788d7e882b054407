import type { Options } from "./options.ts";
import { openSoakDatabase, type SoakDatabase } from "./postgres/soak-database.ts";
import type { Round } from "./report/round.ts";
import { progressLine } from "./report/table.ts";
import type { Scenario, Tally } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/scenarios.ts";
import { messageOf } from "./support/message-of.ts";
import { Random } from "./support/random.ts";
import { Releases } from "./support/releases.ts";

export interface Context {
  /** Of the run. */
  readonly releases: Releases;
  readonly signal: AbortSignal;
  /** Gets a line at a time, for people. */
  readonly progress: (line: string) => void;
  /** Called after each round. */
  readonly onRound: (round: Round) => void;
}

const NOTHING: Tally = {
  recorded: 0,
  acknowledged: 0,
  stored: 0,
  refused: 0,
  dropped: 0,
  pending: 0,
  resent: 0,
  failures: 0,
  rollUps: 0,
  faults: {},
  violations: [],
};

/** Runs the scenarios in turn until the time is over, or the signal is aborted. A round that began is finished. */
export async function runSoak(options: Options, context: Context): Promise<void> {
  const { releases, signal, progress, onRound } = context;
  const endMs = performance.now() + (options.minutes ?? 0) * 60_000;
  const database = await openSoakDatabase(process.env["TEST_DATABASE_URL"] || undefined, releases);
  const scenarios = fitting(options, database, progress);
  let seed = options.seed;
  const isOver = (): boolean => signal.aborted || (options.minutes !== undefined && performance.now() > endMs);
  do {
    for (const scenario of scenarios) {
      if (isOver()) return;
      const { round, notes } = await playRound(scenario, seed++, options, { database, releases });
      const { violations } = round.tally;
      progress(progressLine(round));
      if (options.verbose || violations.length > 0) for (const line of notes) progress(`    ${line}`);
      for (const violation of violations) progress(`  ${violation}`);
      onRound(round);
    }
  } while (options.minutes !== undefined && scenarios.length > 0);
}

function fitting({ only }: Options, database: SoakDatabase, progress: Context["progress"]): Scenario[] {
  return SCENARIOS.filter((scenario) => {
    if (!only.includes(scenario.name)) return false;
    const reason = scenario.unfit?.(database);
    if (reason !== undefined) progress(`${scenario.name} is left out: ${reason}`);
    return reason === undefined;
  });
}

async function playRound(
  scenario: Scenario,
  seed: number,
  options: Options,
  { database, releases: all }: { readonly database: SoakDatabase; readonly releases: Releases },
): Promise<{ readonly round: Round; readonly notes: readonly string[] }> {
  const random = new Random(seed);
  const notes: string[] = [];
  const failures: string[] = [];
  const releases = new Releases((error) => failures.push(`cleaning up: ${messageOf(error)}`));
  all.add(() => releases.release());
  const started = performance.now();
  const drawn = random.int(5, 20);
  const stage = {
    database,
    random,
    seconds: options.seconds ?? drawn,
    crowd: options.crowd,
    releases,
    note: (line: string) => notes.push(`${((performance.now() - started) / 1_000).toFixed(2)} s: ${line}`),
  };
  const tally = await scenario
    .run(stage)
    .catch((error: unknown): Tally => ({ ...NOTHING, violations: [`the round failed: ${messageOf(error)}`] }));
  await releases.release();
  const seconds = (performance.now() - started) / 1_000;
  const violations = [...tally.violations, ...failures];
  return { round: { scenario: scenario.name, seed, seconds, tally: { ...tally, violations } }, notes };
}
