/**
 * A batch that will never change. Its number is not part of it: a queue that takes a new client id numbers what it still
 * holds from 1.
 */
export interface SealedBatch {
  /** `RecordBatch` without `number` and `dropped`, encoded. */
  readonly body: Uint8Array;
  /** Sum of the counts. */
  readonly requests: number;
  /** How many requests the client had dropped when this was sealed. */
  readonly dropped: number;
  /** When it was sealed, on the clock that its source uses for age, in milliseconds. */
  readonly sealedAtMs: number;
}

/** What takes the number of a batch that was given up: the server needs numbers without gaps. */
export function emptyBatch(dropped: number, sealedAtMs: number): SealedBatch {
  return { body: new Uint8Array(0), requests: 0, dropped, sealedAtMs };
}
