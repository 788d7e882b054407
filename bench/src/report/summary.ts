import type { Outcome } from "../run/alternate.ts";
import type { RatioSpec } from "../run/measure.ts";
import type { Sample } from "../run/sample.ts";
import { type Spread, spreadOf, spreadOfKnown } from "../run/spread.ts";

/** An outcome in numbers, for people and for programs. */
export interface Summary {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly events: string;
  readonly candidates: readonly CandidateSummary[];
  readonly ratios: readonly RatioSummary[];
}

export interface CandidateSummary {
  readonly name: string;
  readonly runs: number;
  /** In the measure's unit. */
  readonly figure: Spread | undefined;
  /** Median CPU seconds per million events. */
  readonly cpuSecondsPerMillion: Readonly<Record<"server" | "postgres" | "client", number | undefined>>;
  /** Median bytes of write-ahead log per event. */
  readonly walBytesPerEvent: number | undefined;
  /** Highest of all runs. */
  readonly peakBytes: Readonly<Record<"server" | "client", number | undefined>>;
  /** Why it was left out. */
  readonly failure: string | undefined;
}

export interface RatioSummary {
  readonly name: string;
  /** Of the quotients of each round. */
  readonly spread: Spread;
  readonly aim: RatioSpec["aim"];
  /** Whether the median is what it should be; undefined without an aim. */
  readonly met: boolean | undefined;
}

export function summarize({ measure, samples, failures }: Outcome): Summary {
  const { name, title, unit, events } = measure;
  const candidates = measure.candidates.map((candidate): CandidateSummary => {
    const of = samples.get(candidate.name) ?? [];
    const perMillion = (part: "server" | "postgres" | "client") =>
      median(of.map(({ cpuSeconds, events: n }) => times(cpuSeconds[part], 1e6 / n)));
    const peak = (part: "server" | "client") => spreadOfKnown(of.map(({ peakBytes }) => peakBytes[part]))?.max;
    return {
      name: candidate.name,
      runs: of.length,
      figure: of.length === 0 ? undefined : spreadOf(of.map(measure.figure)),
      cpuSecondsPerMillion: {
        server: perMillion("server"),
        postgres: perMillion("postgres"),
        client: perMillion("client"),
      },
      walBytesPerEvent: median(of.map(({ walBytes, events: n }) => times(walBytes, 1 / n))),
      peakBytes: { server: peak("server"), client: peak("client") },
      failure: failures.get(candidate.name),
    };
  });
  return { name, title, unit, events, candidates, ratios: measure.ratios.flatMap((ratio) => ratioOf(ratio, samples)) };
}

function ratioOf(spec: RatioSpec, samples: Outcome["samples"]): RatioSummary[] {
  const over = samples.get(spec.over) ?? [];
  const under = samples.get(spec.under) ?? [];
  const quotients = over.map((sample, round) => quotient(spec, sample, under[round]));
  const spread = spreadOfKnown(quotients);
  if (spread === undefined) return [];
  const { name, aim } = spec;
  return [
    { name, spread, aim, met: aim && ("atLeast" in aim ? spread.median >= aim.atLeast : spread.median <= aim.atMost) },
  ];
}

function quotient({ of }: RatioSpec, over: Sample, under: Sample | undefined): number | undefined {
  const above = of(over);
  const below = under && of(under);
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}

function median(values: readonly (number | undefined)[]): number | undefined {
  return spreadOfKnown(values)?.median;
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
