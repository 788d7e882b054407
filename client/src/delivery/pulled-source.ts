import type { SealedBatch } from "../batch/sealed-batch.ts";
import { CountClientError } from "../count-client-error.ts";
import type { BatchSource, Greeting } from "./batch-source.ts";
import type { Ledger } from "./ledger.ts";

/** Batches that were pulled and not sent yet. */
const READ_AHEAD = 4;

export interface PulledSourceOptions {
  readonly clientId: Uint8Array;
  readonly batches: AsyncIterator<SealedBatch>;
  readonly ledger: Ledger;
  /** There is a batch, or the end. */
  readonly onAvailable: () => void;
  /** The input failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Batches that somebody else makes, in an order that never changes: the n-th is batch n, in this and in every other run. What the
 * server has already is pulled and passed over.
 */
export class PulledSource implements BatchSource {
  readonly droppedBefore = 0;
  readonly refusedBefore = {};
  readonly #options: PulledSourceOptions;
  /** Pulled and not answered for: numbers #acknowledged + 1 and up. */
  readonly #batches: SealedBatch[] = [];
  #acknowledged = 0;
  /** How many were pulled in all. */
  #pulled = 0;
  #highestAsked = 0;
  #isPulling = false;
  #isDone = false;
  /** Requests of batches that the server had before this run. */
  requestsKnownBefore = 0;
  batchesKnownBefore = 0;

  constructor(options: PulledSourceOptions) {
    this.#options = options;
  }

  get clientId(): Uint8Array {
    return this.#options.clientId;
  }

  get acknowledgedNumber(): number {
    return this.#acknowledged;
  }

  /** How many batches there are so far, and whether that is all. */
  get pulled(): number {
    return this.#pulled;
  }

  get hasWork(): boolean {
    return !this.isFinished;
  }

  get isFinished(): boolean {
    return this.#isDone && this.#acknowledged >= this.#pulled;
  }

  batch(number: number): SealedBatch | undefined {
    this.#highestAsked = Math.max(this.#highestAsked, number);
    void this.#pull();
    return this.#batches[number - this.#acknowledged - 1];
  }

  greet(lastNumber: number): Greeting {
    if (lastNumber < this.#acknowledged) {
      const because = `the server had acknowledged batch ${this.#acknowledged}, and now knows ${lastNumber}`;
      return { next: "stop", because };
    }
    if (this.#isDone && lastNumber > this.#pulled) {
      return { next: "stop", because: tooMany(lastNumber, this.#pulled) };
    }
    this.acknowledge(lastNumber);
    void this.#pull();
    return { next: "stream" };
  }

  acknowledge(lastNumber: number): void {
    for (const { requests } of this.#batches.splice(0, lastNumber - this.#acknowledged)) {
      this.#options.ledger.acknowledged += requests;
    }
    this.#acknowledged = Math.max(this.#acknowledged, lastNumber);
  }

  /** Pulls until what was asked for is there, and a little ahead. */
  async #pull(): Promise<void> {
    if (this.#isPulling || this.#isDone) return;
    this.#isPulling = true;
    try {
      while (this.#pulled < Math.max(this.#highestAsked, this.#acknowledged) + READ_AHEAD) {
        const next = await this.#options.batches.next();
        if (next.done === true) {
          this.#isDone = true;
          if (this.#acknowledged > this.#pulled) {
            throw new CountClientError("identity", tooMany(this.#acknowledged, this.#pulled));
          }
          this.#options.onAvailable();
          break;
        }
        this.#pulled++;
        if (this.#pulled <= this.#acknowledged) {
          this.requestsKnownBefore += next.value.requests;
          this.batchesKnownBefore++;
        } else this.#batches.push(next.value);
        this.#options.onAvailable();
      }
    } catch (error) {
      this.#isDone = true;
      this.#options.onError(error);
    } finally {
      this.#isPulling = false;
    }
  }
}

function tooMany(known: number, there: number): string {
  return `the server knows ${known} batches of this input, which has only ${there}: it is another input, or was cut into batches differently`;
}
