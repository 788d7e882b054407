import type { CountRow } from "@count/client";
import type { CutBatch } from "./batch-cutter.ts";

/** Batches that may wait to be pulled; the next ones are parsed meanwhile. */
const MAX_WAITING = 2;

/**
 * Batches on their way from the one who cuts them to the one who delivers them, in order. A batch stays here until it is
 * settled: until the server has answered for it.
 */
export class BatchChannel implements AsyncIterable<readonly CountRow[]> {
  readonly #waiting: CutBatch[] = [];
  /** Pulled and not settled. */
  readonly #pulled: CutBatch[] = [];
  #ended = false;
  #wakePuller = (): void => undefined;
  #wakeCutter = (): void => undefined;

  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#pulled.length === 0;
  }

  push(batch: CutBatch): void {
    this.#waiting.push(batch);
    this.#wakePuller();
  }

  /** There will be no more. */
  end(): void {
    this.#ended = true;
    this.#wakePuller();
  }

  /** Resolves when there is room for another batch. One waits at a time. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeCutter = resolve;
      if (!this.isFull) resolve();
    });
  }

  /** The oldest batch that was pulled; it is settled. */
  settle(): CutBatch | undefined {
    return this.#pulled.shift();
  }

  /** What was never settled. The channel is empty then. */
  drain(): { readonly pulled: readonly CutBatch[]; readonly waiting: readonly CutBatch[] } {
    return { pulled: this.#pulled.splice(0), waiting: this.#waiting.splice(0) };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly CountRow[], void> {
    for (;;) {
      const batch = this.#waiting.shift();
      if (batch !== undefined) {
        this.#pulled.push(batch);
        this.#wakeCutter();
        yield batch.rows;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakePuller = resolve;
        });
      }
    }
  }
}
