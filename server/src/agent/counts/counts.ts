import { type Drops, GIVE_UP_MS, type SealedBatch, Tally } from "@count/client/parts";
import type { AgentQueue } from "../queue/agent-queue.ts";

/** Different (service, method, path) of 15 minutes; what comes after them counts under `(overflow)`. */
const MAX_KEYS = 2_000;
/** Different counts that may wait for room in the queue; then they are dropped. */
const MAX_WAITING = 200_000;

export interface CountsOptions {
  readonly queue: AgentQueue;
  readonly drops: Drops;
  readonly service: string;
  readonly sealAfterMs: number;
  readonly onCommitted: () => void;
  /** The queue cannot be written at the moment. */
  readonly onWriteError: (error: unknown) => void;
  /** The queue cannot be relied on any more. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * What the agent counts by itself. Counting is synchronous, never fails and never waits; the counts go into the queue once a
 * second, and while it is full they merge here.
 */
export class Counts {
  readonly #options: CountsOptions;
  readonly #tally: Tally;
  #timer: NodeJS.Timeout | undefined;
  /** Sealed, and could not be appended. */
  #unwritten: SealedBatch | undefined;

  constructor(options: CountsOptions) {
    this.#options = options;
    this.#tally = new Tally({
      maxKeys: MAX_KEYS,
      maxPooled: MAX_WAITING,
      now: Date.now,
      monotonicNow: () => performance.now(),
      drops: options.drops,
      onFirst: () => this.#tickSoon(),
      onFull: () => setImmediate(() => void this.flush()),
    });
  }

  /** Requests that were counted, and those of them that wait here. */
  get recorded(): number {
    return this.#tally.recorded;
  }

  get waiting(): number {
    return this.#tally.requests() + (this.#unwritten?.requests ?? 0);
  }

  /** Counts a request. @param timestampMs default now */
  record(method: string | number, path: string, timestampMs?: number): void {
    this.#tally.record(method, path, this.#options.service, timestampMs);
  }

  /** Puts into the queue what has room there. Resolves when it is committed. */
  async flush(): Promise<void> {
    const { queue, drops, onCommitted, onWriteError, onBroken } = this.#options;
    let appended = false;
    while (queue.hasRoom) {
      this.#unwritten ??= this.#tally.seal(performance.now());
      if (this.#unwritten === undefined) break;
      try {
        queue.append({ ...this.#unwritten, dropped: drops.total });
      } catch (error) {
        onWriteError(error);
        break;
      }
      this.#unwritten = undefined;
      appended = true;
    }
    if (!appended) return;
    try {
      await queue.commit();
      onCommitted();
    } catch (error) {
      onBroken(error);
    }
  }

  /** Ends the timer, and puts what there is into the queue. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  #tickSoon(): void {
    const untilEndMs = Math.max(1, this.#tally.bucketEndMs - Date.now());
    this.#timer ??= setTimeout(() => this.#tick(), Math.min(this.#options.sealAfterMs, untilEndMs));
  }

  #tick(): void {
    this.#timer = undefined;
    this.#tally.checkClock();
    this.#tally.expire(performance.now() - GIVE_UP_MS);
    void this.flush();
    if (this.#tally.entries > 0 || this.#unwritten !== undefined) this.#tickSoon();
  }
}
