import type { Sample } from "./sample.ts";

/** One of those that are compared. */
export interface Candidate {
  readonly name: string;
  /** One run, with whatever has to be put in place before and checked after it. Throws when a count is not exact. */
  run(): Promise<Sample>;
  /** A failure is told, and the candidate left out from then on. For what is not ours. Default: it fails the bench. */
  readonly mayFail?: boolean;
}

export type Aim = { readonly atLeast: number } | { readonly atMost: number } | { readonly within: string };

/** A quotient, or difference, of two candidates in the same round; or what one of them comes to. */
export interface RatioSpec {
  readonly name: string;
  /** Names of candidates. Left out when one of them is not there. */
  readonly over: string;
  /** What `over` is divided by. Default: nothing. */
  readonly under?: string;
  /** What is subtracted from it, in place of `under`. Default: nothing. */
  readonly minus?: string;
  /** What is compared. */
  readonly of: (sample: Sample) => number | undefined;
  /**
   * What the median should be. `within` names another difference of the measure, of two that do the same: the median should not
   * be above the largest of those, whichever way it is, which is noise.
   */
  readonly aim?: Aim;
}

/** Candidates that do the same work, and how they are compared. */
export interface Measure {
  /** For `--json`. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** What an event is, in the plural, for "per million requests". */
  readonly events: string;
  readonly figure: (sample: Sample) => number;
  /** Those of `Sample.more` that are told. */
  readonly more?: readonly string[];
  readonly candidates: readonly Candidate[];
  readonly ratios: readonly RatioSpec[];
  /** Whether a round that is not counted comes first, so that code is compiled and caches are filled. */
  readonly warmUp: boolean;
  /** Rounds at most, for what takes long and hardly varies. Default: as many as are asked for. */
  readonly maxRuns?: number;
  /** Stops what was started for it: it would be in the way of the measures that follow. */
  readonly close?: () => Promise<void>;
}
