import type { Columns } from "../batch/columns.ts";
import { MAX_BATCH_KEYS } from "../batch/columns.ts";
import type { Drops } from "./drops.ts";
import type { Key } from "./key-table.ts";

/** Keys above a limit that counting under `(overflow)` may take: one for each service and method. */
export const OVERFLOW_RESERVE = 256;

interface PooledBucket {
  /** When its first count came in, on the monotonic clock. */
  readonly sinceMs: number;
  readonly counts: Map<Key, number>;
}

/**
 * Counts that wait and are not of the current bucket: (bucket, key) → n. Waiting longer makes the numbers larger, not
 * the pool: a bucket has at most `maxKeys` keys, then `(overflow)`; the pool has at most `maxEntries`, then drops.
 */
export class BucketPool {
  readonly #buckets = new Map<number, PooledBucket>();
  readonly #maxKeys: number;
  readonly #maxEntries: number;
  readonly #drops: Drops;
  readonly #overflowOf: (key: Key) => Key;
  #entries = 0;

  constructor(maxKeys: number, maxEntries: number, drops: Drops, overflowOf: (key: Key) => Key) {
    this.#maxKeys = maxKeys;
    this.#maxEntries = maxEntries;
    this.#drops = drops;
    this.#overflowOf = overflowOf;
  }

  /** How many (bucket, key) it holds. */
  get entries(): number {
    return this.#entries;
  }

  /** Sum of its counts. Takes time in proportion to {@link entries}. */
  requests(): number {
    let sum = 0;
    for (const { counts } of this.#buckets.values()) for (const count of counts.values()) sum += count;
    return sum;
  }

  add(bucket: number, key: Key, count: number, sinceMs: number): void {
    let pooled = this.#buckets.get(bucket);
    if (pooled === undefined) {
      if (this.#entries >= this.#maxEntries) {
        this.#drops.add("queue_full", count);
        return;
      }
      pooled = { sinceMs, counts: new Map() };
      this.#buckets.set(bucket, pooled);
    }
    const { counts } = pooled;
    let before = counts.get(key);
    if (before === undefined && counts.size >= this.#maxKeys) {
      key = this.#overflowOf(key);
      before = counts.get(key);
      if (before === undefined && counts.size >= this.#maxKeys + OVERFLOW_RESERVE) {
        this.#drops.add("too_many_keys", count);
        return;
      }
    }
    if (before === undefined) {
      if (this.#entries >= this.#maxEntries) {
        this.#drops.add("queue_full", count);
        return;
      }
      this.#entries++;
    }
    counts.set(key, (before ?? 0) + count);
  }

  /** Moves counts into a batch until it is full, what came first first. */
  drain(columns: Columns): void {
    for (const [bucket, { counts }] of this.#buckets) {
      for (const [key, count] of counts) {
        if (columns.length === MAX_BATCH_KEYS) return;
        columns.add(key.service, key.method, key.path, bucket, count);
        counts.delete(key);
        this.#entries--;
      }
      this.#buckets.delete(bucket);
    }
  }

  /** Drops, as expired, the buckets whose first count came in before a time of the monotonic clock. */
  expire(beforeMs: number): void {
    for (const [bucket, { sinceMs, counts }] of this.#buckets) {
      if (sinceMs >= beforeMs) continue;
      let requests = 0;
      for (const count of counts.values()) requests += count;
      this.#entries -= counts.size;
      this.#buckets.delete(bucket);
      this.#drops.add("expired", requests);
    }
  }
}
