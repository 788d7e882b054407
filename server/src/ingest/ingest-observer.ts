import type { RefusalReason } from "@count/proto";
import type { CountError } from "../domain/count-error.ts";

/** What there are too many of. */
export type Overflow = "paths" | "services";

/** A flush that is about to be stored. */
export interface FlushFigures {
  readonly requests: number;
  /** Different (service, method, path, 15 minutes). */
  readonly keys: number;
  /** Batches of `Record`. */
  readonly batches: number;
}

/** Runs what stores a flush, so that somebody can trace it: it calls `store` once and passes on what comes of it. */
export type AroundFlush = <Result>(flush: FlushFigures, store: () => Promise<Result>) => Promise<Result>;

/** What ingest tells of itself; the metrics implement it. Every method is called synchronously and must not throw. */
export interface IngestObserver {
  /** Requests that have become durable. */
  counted(call: "add" | "record", requests: number): void;
  /** Requests that were refused, and why. */
  refused(call: "add" | "record", reason: RefusalReason, requests: number): void;
  /** A flush was committed: what it held and how long it took from its first statement to its commit. */
  flushed(flush: { readonly requests: number; readonly keys: number; readonly seconds: number }): void;
  /** A flush was given up; the senders were told so. */
  flushFailed(requests: number, reason: CountError): void;
  /** Of what has become durable: requests that count under `(overflow)`, because there are too many of these. */
  overflowed(what: Overflow, requests: number): void;
  /** Requests that senders dropped before they could send them, as their batches that have become durable say. */
  droppedBySenders(requests: number): void;
  /** A batch came that this server, or another, had taken already. */
  resent(): void;
  /** A flush did not fit the cursors as the database has them, and is tried again. */
  cursorMoved(): void;
  /** Reading of streams stopped (true) because the server is full, or went on (false). */
  full(isFull: boolean): void;
}
