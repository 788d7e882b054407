import type { FlushFigures } from "./ingest-observer.ts";
import type { Session } from "./session.ts";
import { type Counts, Tally } from "./tally.ts";

/** A sealed batch of a `Record` sender, checked: what was refused of it is only counted. */
export interface Batch extends Counts {
  readonly number: number;
  /** Requests refused of this batch: the n-th for the n-th of REFUSAL_REASONS. */
  readonly refused: readonly number[];
  /** What the sender says it has dropped so far. */
  readonly dropped: number;
}

/** What one flush stores together: a share of every stream that was read while the flush before it was under way. */
export class Group {
  /** Everything that `Add` brought. */
  readonly added = new Tally();
  /** The batches of each sender, in the order of their numbers. */
  readonly batches = new Map<Session, Batch[]>();
  /** Settles when the group is durable, or was given up. Never causes an unhandled rejection. */
  readonly durable: Promise<void>;
  #batchEntries = 0;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor() {
    this.durable = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.durable.catch(() => undefined);
  }

  /** What it takes in memory, in (key, bucket) counts; an empty batch counts as one. */
  get size(): number {
    return this.added.size + this.#batchEntries;
  }

  get requests(): number {
    let requests = this.added.requests;
    for (const batches of this.batches.values()) {
      for (const { counts } of batches) for (const count of counts) requests += count;
    }
    return requests;
  }

  /** For whoever traces it. */
  get figures(): FlushFigures {
    let batches = 0;
    for (const sealed of this.batches.values()) batches += sealed.length;
    return { requests: this.requests, keys: this.size, batches };
  }

  addBatch(session: Session, batch: Batch): void {
    const batches = this.batches.get(session);
    if (batches === undefined) this.batches.set(session, [batch]);
    else batches.push(batch);
    this.#batchEntries += Math.max(1, batch.keys.length);
  }

  succeed(): void {
    this.#resolve();
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
