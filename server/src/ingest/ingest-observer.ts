import type { RefusalReason } from "@count/proto";
import type { CountError } from "../domain/count-error.ts";

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
  /** Reading of streams stopped (true) because the server is full, or went on (false). */
  full(isFull: boolean): void;
}
