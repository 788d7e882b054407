import type { Sample } from "./sample.ts";

/** One of those that are compared. */
export interface Candidate {
  readonly name: string;
  /** One run, with whatever has to be put in place before and checked after it. Throws when a count is not exact. */
  run(): Promise<Sample>;
  /** A failure is told, and the candidate left out from then on. For what is not ours. Default: it fails the bench. */
  readonly mayFail?: boolean;
}

/** A quotient of two candidates in the same round. */
export interface RatioSpec {
  readonly name: string;
  /** Names of candidates. Left out when one of them is not there. */
  readonly over: string;
  readonly under: string;
  /** What is divided. */
  readonly of: (sample: Sample) => number | undefined;
  /** What the median should be. */
  readonly aim?: { readonly atLeast: number } | { readonly atMost: number };
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
  readonly candidates: readonly Candidate[];
  readonly ratios: readonly RatioSpec[];
  /** Whether a round that is not counted comes first, so that code is compiled and caches are filled. */
  readonly warmUp: boolean;
}
