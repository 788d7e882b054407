import type { SealedBatch } from "../batch/sealed-batch.ts";
import type { RefusedByReason } from "./ledger.ts";

/**
 * What a sender does after the server's answer to its hello: go on above the number, say hello again because the source has
 * taken a new client id, or stop because the source cannot be delivered.
 */
export type Greeting = { readonly next: "stream" } | { readonly next: "hello" | "stop"; readonly because: string };

/**
 * Sealed batches of one client id, numbered 1, 2, 3… A batch that {@link batch} has returned keeps its number and content until
 * it is acknowledged, or until the source takes a new client id.
 */
export interface BatchSource {
  /** 16 bytes. */
  readonly clientId: Uint8Array;
  /** Everything up to here is answered for. */
  readonly acknowledgedNumber: number;
  /** What had been dropped before the client id was taken; {@link SealedBatch.dropped} counts from there. */
  readonly droppedBefore: number;
  /** What of the server's refusals was accounted for before this process. */
  readonly refusedBefore: RefusedByReason;
  /** Whether there is, or may soon be, something to send. */
  readonly hasWork: boolean;
  /** Whether there will never be anything to send again. */
  readonly isFinished: boolean;
  /** The batch of a number, acknowledgedNumber + 1 or above; undefined while there is none. */
  batch(number: number): SealedBatch | undefined;
  /** Takes the server's answer to the hello. */
  greet(lastNumber: number): Greeting;
  /** Everything up to `lastNumber` is answered for. Numbers that were not sent are never acknowledged. */
  acknowledge(lastNumber: number): void;
}

/** A sender gives up on a batch after this, counting it as lost; a server keeps a cursor for 35 days. */
export const GIVE_UP_MS = 24 * 3_600_000;
