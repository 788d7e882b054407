import { type Counter, createCounter } from "@count/client";
import { acknowledged, deliveredSince, total } from "./delivered.ts";
import { NAMED_PAIRS } from "./pairs.ts";
import type { Delivered } from "./record-jobs.ts";

const BATCH = 10;
/** A small client's pause before it looks again, in milliseconds: looking costs, and 100 batches a second of each are far above what is reached. */
const PAUSE_MS = 10;
const CONNECTIONS_AT_ONCE = 50;

/**
 * Many counters in one process. Each is what a host has: its own client id, queue, stream and connection. Only `sealAfterMs`
 * differs from the default, or each would send one batch a second.
 */
export class SmallClients {
  readonly #counters: Counter[] = [];
  #next = 0;

  /** Makes them, and waits until each has had a batch acknowledged. */
  async connect(address: string, counters: number): Promise<void> {
    while (this.#counters.length < counters) {
      const some = Array.from({ length: Math.min(CONNECTIONS_AT_ONCE, counters - this.#counters.length) }, () =>
        createCounter({ target: address, sealAfterMs: 1, flushAtExitMs: 0 }),
      );
      this.#counters.push(...some);
      for (const counter of some) counter.record("GET", "/connect");
      for (const counter of some) await acknowledged(counter);
    }
  }

  /** Batches of exactly ten requests from each, for so many seconds, until all of them are acknowledged. */
  async run(seconds: number): Promise<Delivered> {
    const endMs = performance.now() + seconds * 1_000;
    return total(await Promise.all(this.#counters.map((counter) => this.#one(counter, endMs))));
  }

  /** @throws Error when one of them has not delivered what it recorded */
  async close(): Promise<void> {
    for (const counter of this.#counters.splice(0)) {
      await counter.close();
      deliveredSince(undefined, counter);
    }
  }

  async #one(counter: Counter, endMs: number): Promise<Delivered> {
    const before = counter.statistics();
    await new Promise<void>((resolve) => {
      const go = (): void => {
        if (performance.now() >= endMs) {
          resolve();
          return;
        }
        // While the ten before are still in the tally these would join their batch.
        if (counter.statistics().openKeys === 0) this.#recordBatch(counter);
        setTimeout(go, PAUSE_MS);
      };
      go();
    });
    await acknowledged(counter);
    const delivered = deliveredSince(before, counter);
    if (delivered.batches * BATCH !== delivered.requests) {
      throw new Error(`${delivered.requests} requests went in ${delivered.batches} batches, not of ${BATCH} each`);
    }
    return delivered;
  }

  #recordBatch(counter: Counter): void {
    for (let i = 0; i < BATCH; i += 1) {
      const { method, path } = NAMED_PAIRS[this.#next]!;
      this.#next = this.#next + 1 === NAMED_PAIRS.length ? 0 : this.#next + 1;
      counter.record(method, path);
    }
  }
}
