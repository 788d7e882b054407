import { MEASURES } from "./measures/measures.ts";
import { openWorkbench } from "./measures/workbench.ts";
import type { Options } from "./options.ts";
import { type Machine, machineOf } from "./report/machine.ts";
import { type Summary, summarize } from "./report/summary.ts";
import { alternate } from "./run/alternate.ts";
import type { Releases } from "./run/releases.ts";

export interface BenchContext {
  readonly releases: Releases;
  /** Ends what is still starting. */
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
  /** Told of each measure as soon as it is done. */
  readonly onSummary: (summary: Summary) => void;
}

export interface Report {
  readonly machine: Machine;
  readonly measures: readonly Summary[];
}

/** Starts everything, measures, and leaves the stopping to the owner of `releases`. */
export async function runBench(options: Options, context: BenchContext): Promise<Report> {
  const { releases, signal, progress, onSummary } = context;
  progress("starting PostgreSQL and the servers");
  const bench = await openWorkbench(options, releases, signal);
  const measures: Summary[] = [];
  for (const name of options.only) {
    for (const measure of [await MEASURES[name](bench)].flat()) {
      const summary = summarize(await alternate(measure, options.runs, progress));
      // When it has failed, everything is stopped.
      await measure.close?.();
      onSummary(summary);
      measures.push(summary);
    }
  }
  return { machine: machineOf(bench.postgres.version), measures };
}
