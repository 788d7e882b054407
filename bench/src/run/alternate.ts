import type { Candidate, Measure } from "./measure.ts";
import { messageOf } from "./message-of.ts";
import type { Sample } from "./sample.ts";

export interface Outcome {
  readonly measure: Measure;
  /** By candidate, one sample a round. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Why a candidate was left out. */
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * Runs the candidates of a measure in turn, A B C A B C, so that whatever else the machine does falls on all of them.
 *
 * @throws what a candidate throws that may not fail
 */
export async function alternate(measure: Measure, runs: number, progress: (text: string) => void): Promise<Outcome> {
  const samples = new Map<string, Sample[]>();
  const failures = new Map<string, string>();
  const rounds = Math.min(runs, measure.maxRuns ?? runs);
  for (let round = measure.warmUp ? 0 : 1; round <= rounds; round += 1) {
    for (const candidate of measure.candidates) {
      if (failures.has(candidate.name)) continue;
      const what = `${measure.name} ${round === 0 ? "warm-up" : `${round}/${rounds}`} ${candidate.name}`;
      const sample = await tryRun(candidate, failures);
      if (sample === undefined) {
        samples.delete(candidate.name);
        progress(`${what}: ${failures.get(candidate.name) ?? ""}`);
        continue;
      }
      progress(`${what}: ${format(measure.figure(sample))} ${measure.unit}`);
      if (round > 0) samples.set(candidate.name, [...(samples.get(candidate.name) ?? []), sample]);
    }
  }
  return { measure, samples, failures };
}

async function tryRun(candidate: Candidate, failures: Map<string, string>): Promise<Sample | undefined> {
  try {
    return await candidate.run();
  } catch (error) {
    if (candidate.mayFail !== true) throw error;
    failures.set(candidate.name, messageOf(error));
    return undefined;
  }
}

function format(figure: number): string {
  return figure.toLocaleString("en", { maximumSignificantDigits: 4 });
}
