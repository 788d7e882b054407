import { CountError } from "../domain/count-error.ts";
import { REFUSAL_REASONS } from "../domain/refusal.ts";

/** How far the database has applied the batches of a sender. */
export interface ClientState {
  readonly lastNumber: number;
  /** Requests refused so far: the n-th for the n-th of REFUSAL_REASONS. */
  readonly refused: readonly number[];
  readonly dropped: number;
}

export const NEW_CLIENT: ClientState = { lastNumber: 0, refused: REFUSAL_REASONS.map(() => 0), dropped: 0 };

/**
 * One `Record` stream's hold on a sender's cursor.
 *
 * A session is open until it ends: by its stream, by another stream of the same sender (which takes the cursor over), or by a
 * flush that failed. An ended session takes no more batches; what it has in a group is still settled.
 */
export class Session {
  readonly clientId: string;
  /** As the database has it. */
  state: ClientState;
  /** The last number that was put into a group. */
  acceptedNumber: number;
  /** Settles with the last group that holds a batch of this session. */
  settled: Promise<void> = Promise.resolve();
  #ended: CountError | undefined;
  readonly #onEnd: (reason: CountError) => void;

  constructor(clientId: string, state: ClientState, onEnd: (reason: CountError) => void) {
    this.clientId = clientId;
    this.state = state;
    this.acceptedNumber = state.lastNumber;
    this.#onEnd = onEnd;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Idempotent. */
  end(reason: CountError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#onEnd(reason);
  }

  /** @throws CountError when the number is not the next one, or the session has ended */
  accept(number: number, settled: Promise<void>): void {
    if (this.#ended !== undefined) throw this.#ended;
    if (number !== this.acceptedNumber + 1) throw unexpectedNumber(number, this.acceptedNumber + 1);
    this.acceptedNumber = number;
    this.settled = settled;
  }
}

export function unexpectedNumber(number: number, expected: number): CountError {
  return new CountError("precondition", `batch number ${number} leaves a gap: expected ${expected}`);
}
