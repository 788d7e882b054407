import { emptyBatch, type SealedBatch } from "../batch/sealed-batch.ts";
import type { Drops } from "../counting/drops.ts";
import { type BatchSource, GIVE_UP_MS, type Greeting } from "./batch-source.ts";
import { randomClientId } from "./client-id.ts";
import type { Ledger } from "./ledger.ts";

export interface MemorySourceOptions {
  /** Seals what has been recorded, if it is time; undefined otherwise. */
  readonly seal: () => SealedBatch | undefined;
  /** Whether there is something to seal, now or later. */
  readonly hasCounts: () => boolean;
  readonly drops: Drops;
  readonly ledger: Ledger;
  readonly monotonicNow: () => number;
}

/**
 * The queue in memory. A batch is sealed at the moment that a stream can take it, so nothing that was sealed is ever
 * waiting unsent: what waits for a server is still a tally, and merges.
 */
export class MemorySource implements BatchSource {
  readonly refusedBefore = {};
  readonly isFinished = false;
  readonly #options: MemorySourceOptions;
  #clientId = randomClientId();
  #acknowledged = 0;
  #droppedBefore = 0;
  /** Sealed and not answered for: numbers #acknowledged + 1 and up. As many as a sender has in flight. */
  #batches: SealedBatch[] = [];

  constructor(options: MemorySourceOptions) {
    this.#options = options;
  }

  get clientId(): Uint8Array {
    return this.#clientId;
  }

  get acknowledgedNumber(): number {
    return this.#acknowledged;
  }

  get droppedBefore(): number {
    return this.#droppedBefore;
  }

  get hasWork(): boolean {
    return this.#batches.length > 0 || this.#options.hasCounts();
  }

  /** Requests that are sealed and not answered for. */
  get pending(): number {
    return this.#batches.reduce((sum, { requests }) => sum + requests, 0);
  }

  batch(number: number): SealedBatch | undefined {
    const at = number - this.#acknowledged - 1;
    if (at === this.#batches.length) {
      const sealed = this.#options.seal();
      if (sealed !== undefined) this.#batches.push(sealed);
    }
    return this.#batches[at];
  }

  greet(lastNumber: number): Greeting {
    const known = this.#acknowledged + this.#batches.length;
    if (lastNumber < this.#acknowledged) {
      return this.#renew(`it had acknowledged batch ${this.#acknowledged}, and now knows ${lastNumber}`);
    }
    if (lastNumber > known) return this.#renew(`it knows batch ${lastNumber}, and only ${known} were sealed`);
    this.acknowledge(lastNumber);
    const { drops, monotonicNow } = this.#options;
    this.#batches = this.#batches.map((batch) => {
      if (!this.#isTooOld(batch)) return batch;
      drops.add("expired", batch.requests);
      return emptyBatch(batch.dropped, monotonicNow());
    });
    return { next: "stream" };
  }

  acknowledge(lastNumber: number): void {
    for (const { requests } of this.#batches.splice(0, lastNumber - this.#acknowledged)) {
      this.#options.ledger.acknowledged += requests;
    }
    this.#acknowledged = lastNumber;
  }

  /** What is not answered for starts again at 1, under a client id that the server has never seen. */
  #renew(because: string): Greeting {
    this.#clientId = randomClientId();
    this.#acknowledged = 0;
    this.#droppedBefore = this.#options.drops.total;
    this.#batches = this.#batches.filter((batch) => {
      if (!this.#isTooOld(batch)) return true;
      // Its cursor may be gone because it was applied long ago.
      this.#options.drops.add("expired", batch.requests);
      return false;
    });
    return { next: "hello", because };
  }

  #isTooOld({ requests, sealedAtMs }: SealedBatch): boolean {
    return requests > 0 && this.#options.monotonicNow() - sealedAtMs > GIVE_UP_MS;
  }
}
