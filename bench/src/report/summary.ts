import type { Outcome } from "../run/alternate.ts";
import type { Aim, RatioSpec } from "../run/measure.ts";
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
  /** Further figures, by name. */
  readonly more: Readonly<Record<string, Spread | undefined>>;
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
      more: Object.fromEntries(
        (measure.more ?? []).map((key) => [key, spreadOfKnown(of.map(({ more }) => more?.[key]))]),
      ),
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
  const spreads = new Map(measure.ratios.map((ratio) => [ratio.name, ratioOf(ratio, samples)]));
  const ratios = measure.ratios.flatMap(({ name: ratio, aim }): RatioSummary[] => {
    const spread = spreads.get(ratio);
    return spread === undefined ? [] : [{ name: ratio, spread, aim, met: aim && isMet(aim, spread, spreads) }];
  });
  return { name, title, unit, events, candidates, ratios };
}

function ratioOf(spec: RatioSpec, samples: Outcome["samples"]): Spread | undefined {
  const over = samples.get(spec.over) ?? [];
  const { of, under, minus } = spec;
  const other = samples.get(under ?? minus ?? "");
  const values = over.map((sample, round) => {
    const value = of(sample);
    if (under === undefined && minus === undefined) return value;
    const against = other?.[round];
    const compared = against && of(against);
    if (value === undefined || compared === undefined) return undefined;
    if (under === undefined) return value - compared;
    return compared === 0 ? undefined : value / compared;
  });
  return spreadOfKnown(values);
}

function isMet(aim: Aim, { median: value }: Spread, spreads: ReadonlyMap<string, Spread | undefined>): boolean {
  if ("atLeast" in aim) return value >= aim.atLeast;
  if ("atMost" in aim) return value <= aim.atMost;
  const noise = spreads.get(aim.within);
  // Which of two equal things is the greater is chance.
  return noise !== undefined && value <= Math.max(noise.max, -noise.min);
}

function median(values: readonly (number | undefined)[]): number | undefined {
  return spreadOfKnown(values)?.median;
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
