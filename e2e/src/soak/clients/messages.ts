import type { DeliveryOptions } from "@count/client";

/** What a process of many counters is told at its start. */
export interface LoadOptions {
  readonly target: string;
  readonly seed: number;
  readonly counters: number;
  /** The most requests that one counter records in one go. */
  readonly maxBurst: number;
  /** Milliseconds between two goes, at most. */
  readonly maxPauseMs: number;
  /** The share of its counters that records in one go. */
  readonly share: number;
  readonly sealAfterMs: number;
  readonly delivery: Partial<DeliveryOptions>;
  /** Whether the wall clock of the counters jumps, by minutes to years, both ways. */
  readonly jumpingClock: boolean;
}

/** What became of the requests of a process, over all of its counters. */
export interface LoadReport {
  readonly recorded: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly dropped: number;
  readonly pending: number;
  readonly batchesResent: number;
  readonly failures: number;
  /** What this process counted by itself: requests by path that a server must store, unless the clock jumps. */
  readonly expected: ReadonlyMap<string, number>;
  /** Requests with a path that only a server refuses, and that the client drops. */
  readonly expectedRefused: number;
  readonly expectedDropped: number;
  readonly violations: readonly string[];
}

export type LoadCommand = { readonly stop: { readonly limitMs: number } };
export type LoadAnswer = { readonly ready: true } | { readonly report: LoadReport };

/** What a process with its queue on disk is told at its start. */
export interface DiskOptions {
  readonly target: string;
  readonly seed: number;
  readonly directory: string;
  /** Of the bursts of this process; no other has it. */
  readonly service: string;
  readonly fsync: "batch" | "interval" | "never";
  readonly delivery: Partial<DeliveryOptions>;
}

/**
 * A burst is recorded in one go, to a path of its own, so it is in one batch: stored as a whole, or not at all. It is announced
 * before it is recorded; once it is sealed, it survives the process.
 */
export type DiskAnswer =
  | { readonly burst: { readonly path: string; readonly requests: number } }
  | { readonly sealed: { readonly bursts: number } }
  | { readonly report: DiskReport };

export interface DiskReport {
  readonly recorded: number;
  readonly recovered: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly dropped: number;
  readonly pending: number;
  readonly batchesResent: number;
  readonly failures: number;
}
