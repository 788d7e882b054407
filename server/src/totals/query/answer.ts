import type { Boundaries } from "./periods.ts";

/** The answer to a query: a QueryTotalsResponse in plain values. */
export interface TotalsAnswer {
  readonly boundaries: Boundaries;
  /** Undefined: nothing is compared. */
  readonly previous: Boundaries | undefined;
  /** In the order of the answer. */
  readonly rows: readonly TotalsAnswerRow[];
  readonly total: bigint;
  readonly previousTotal: bigint;
  /** Empty: this is the last page. */
  readonly nextPageToken: string;
  /** How many of the total are pending. */
  readonly pending: bigint;
  /** Days since 1970-01-01. Undefined: not even the first day with counts is complete. */
  readonly completeThrough: number | undefined;
  readonly knownLost: bigint;
  /** Days since 1970-01-01. */
  readonly bucketsFrom: number;
  /** Days since 1970-01-01. Undefined: none were ever removed. */
  readonly totalsFrom: number | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly snapshotMs: number;
}

/** What is not grouped by is empty, or 0. */
export interface TotalsAnswerRow {
  /** Index of the period. */
  readonly period: number;
  readonly service: string;
  /** Number of count.v1.Method. */
  readonly method: number;
  readonly path: string;
  readonly count: bigint;
  readonly previousCount: bigint;
  readonly remainder: boolean;
}
