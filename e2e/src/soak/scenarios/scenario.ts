import type { SoakDatabase } from "../postgres/soak-database.ts";
import type { Random } from "../support/random.ts";
import type { Releases } from "../support/releases.ts";

/** What a round of a scenario has to work with. */
export interface Stage {
  readonly database: SoakDatabase;
  readonly random: Random;
  /** How long things are broken; then they heal, and everything must arrive. */
  readonly seconds: number;
  /** How many clients a crowd has. */
  readonly crowd: number;
  /** Of the round. */
  readonly releases: Releases;
  /** Tells what goes on in the round, for the end of a failed one. */
  readonly note: (line: string) => void;
}

/** What a round came to. */
export interface Tally {
  readonly recorded: number;
  readonly acknowledged: number;
  readonly stored: number;
  readonly refused: number;
  readonly dropped: number;
  readonly pending: number;
  readonly resent: number;
  readonly failures: number;
  readonly rollUps: number;
  /** How often each fault was done. */
  readonly faults: Readonly<Record<string, number>>;
  /** What does not add up; each says the figures. */
  readonly violations: readonly string[];
}

export interface Scenario {
  readonly name: string;
  /** A half-sentence for people. */
  readonly title: string;
  /** Why it cannot run here; undefined: it can. */
  readonly unfit?: (database: SoakDatabase) => string | undefined;
  readonly run: (stage: Stage) => Promise<Tally>;
}
