import {
  type BatchSource,
  type Drops,
  emptyBatch,
  GIVE_UP_MS,
  type Greeting,
  type Ledger,
  randomClientId,
  type SealedBatch,
} from "@count/client/parts";
import { type AgentQueue, MAX_BATCHES } from "./agent-queue.ts";

/** What an entry costs besides its body. */
const ENTRY_BYTES = 200;

export interface MemoryQueueOptions {
  readonly maxBytes: number;
  readonly drops: Drops;
  readonly ledger: Ledger;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicNow: () => number;
}

/** A queue that is lost with its process. */
export class MemoryQueue implements AgentQueue, BatchSource {
  readonly recovered = { batches: 0, requests: 0, cutBytes: 0 };
  readonly refusedBefore = {};
  readonly isFinished = false;
  readonly maxBytes: number;
  readonly #options: MemoryQueueOptions;
  #clientId = randomClientId();
  /** Numbers #acknowledged + 1 and up. */
  #entries: SealedBatch[] = [];
  #acknowledged = 0;
  #droppedBefore = 0;
  #bytes = 0;

  constructor(options: MemoryQueueOptions) {
    this.#options = options;
    this.maxBytes = options.maxBytes;
  }

  source(): BatchSource {
    return this;
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
    return this.#entries.length > 0;
  }

  get hasRoom(): boolean {
    return this.#bytes < this.maxBytes && this.#entries.length < MAX_BATCHES;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get batches(): number {
    return this.#entries.length;
  }

  get requests(): number {
    return this.#entries.reduce((sum, { requests }) => sum + requests, 0);
  }

  append(batch: SealedBatch): void {
    this.#entries.push({ ...batch, sealedAtMs: this.#options.monotonicNow() });
    this.#bytes += batch.body.length + ENTRY_BYTES;
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#entries = [];
    this.#bytes = 0;
  }

  batch(number: number): SealedBatch | undefined {
    return this.#entries[number - this.#acknowledged - 1];
  }

  greet(lastNumber: number): Greeting {
    this.#giveUpOld();
    const known = this.#acknowledged + this.#entries.length;
    if (lastNumber < this.#acknowledged) {
      return this.#renew(`it had acknowledged batch ${this.#acknowledged}, and now knows ${lastNumber}`);
    }
    if (lastNumber > known) return this.#renew(`it knows batch ${lastNumber}, and only ${known} were sealed`);
    this.acknowledge(lastNumber);
    return { next: "stream" };
  }

  acknowledge(lastNumber: number): void {
    for (const { requests, body } of this.#entries.splice(0, lastNumber - this.#acknowledged)) {
      this.#options.ledger.acknowledged += requests;
      this.#bytes -= body.length + ENTRY_BYTES;
    }
    this.#acknowledged = lastNumber;
  }

  #renew(because: string): Greeting {
    this.#clientId = randomClientId();
    this.#acknowledged = 0;
    this.#droppedBefore = this.#entries[0]?.dropped ?? 0;
    return { next: "hello", because };
  }

  #giveUpOld(): void {
    const beforeMs = this.#options.monotonicNow() - GIVE_UP_MS;
    for (const [at, { requests, sealedAtMs, dropped, body }] of this.#entries.entries()) {
      if (requests === 0 || sealedAtMs >= beforeMs) continue;
      this.#options.drops.add("expired", requests);
      this.#bytes -= body.length;
      this.#entries[at] = emptyBatch(dropped, sealedAtMs);
    }
  }
}
