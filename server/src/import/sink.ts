import type { LoggedRequest } from "./log-line.ts";
import type { Refusal } from "./refusal.ts";

/** A request and where it was found. */
export interface SourcedRequest extends LoggedRequest {
  /** Index of the source, from 0. */
  readonly source: number;
  /** Number of the line in it, from 1. */
  readonly line: number;
}

/** What becomes of the requests that a sink was given: each one is told to exactly one of these, once; see also `refusedByServer`. */
export interface SinkObserver {
  /** It is durable and counted. */
  counted(request: SourcedRequest): void;
  /** An earlier import has delivered it; it is counted, once. */
  known(request: SourcedRequest): void;
  /**
   * The receiver has refused so many of those that were told as counted (now) or as known (before), and does not say which.
   * `reason` is its name of the reason.
   */
  refusedByServer(reason: string, requests: number, when: "now" | "before"): void;
  /** The receiver will never take it. */
  refused(request: SourcedRequest, reason: Refusal, detail: string): void;
  /** It was sent, and the answer never came: it may be counted or not. */
  uncertain(request: SourcedRequest): void;
  /** It was not sent. */
  unsent(request: SourcedRequest): void;
}

/** Where an import delivers requests. How, and what protects them from being counted twice, is the sink's own affair. */
export interface Sink {
  /**
   * Takes a request. A promise means that the sink is full: wait for it before the next one.
   *
   * @throws CountError when the sink has failed and takes nothing more.
   */
  add(request: SourcedRequest): void | Promise<void>;
  /** Delivers the rest and waits for every answer. @throws CountError as {@link Sink.add}. */
  finish(): Promise<void>;
  /** Delivers nothing more; waits for the answers that are still to come, for at most so long. Never throws. */
  stop(limitMs: number): Promise<void>;
}
