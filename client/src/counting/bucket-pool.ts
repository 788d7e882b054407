import type { Columns } from "../batch/columns.ts";
import type { Drops } from "./drops.ts";
import type { Key, Text } from "./key-table.ts";
import { MAX_TEXT_BYTES } from "./path.ts";

/** Keys above a limit that counting under `(overflow)` may take: one for each service and method. */
export const OVERFLOW_RESERVE = 256;
/** Bytes of strings above a limit that it may take: services, that is. */
const TEXT_RESERVE = OVERFLOW_RESERVE * MAX_TEXT_BYTES;

export interface PoolLimits {
  /** Different keys of a bucket. */
  readonly maxKeys: number;
  /** Different (bucket, key). */
  readonly maxEntries: number;
  /** Bytes of the strings of its keys, each string once. */
  readonly maxTextBytes: number;
}

interface PooledBucket {
  /** When its first count came in, on the monotonic clock. */
  readonly sinceMs: number;
  readonly counts: Map<Key, number>;
}

/**
 * Counts that wait and are not of the current bucket: (bucket, key) → n. Waiting longer makes the numbers larger, not
 * the pool: a bucket has at most `maxKeys` keys, and the pool strings of `maxTextBytes`, then `(overflow)`; the pool has at
 * most `maxEntries`, then drops.
 */
export class BucketPool {
  readonly #buckets = new Map<number, PooledBucket>();
  readonly #limits: PoolLimits;
  readonly #drops: Drops;
  readonly #overflowOf: (key: Key) => Key;
  #entries = 0;
  #textBytes = 0;

  constructor(limits: PoolLimits, drops: Drops, overflowOf: (key: Key) => Key) {
    this.#limits = limits;
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
    const { maxKeys, maxEntries, maxTextBytes } = this.#limits;
    let pooled = this.#buckets.get(bucket);
    if (pooled === undefined) {
      if (this.#entries >= maxEntries) {
        this.#drops.add("queue_full", count);
        return;
      }
      pooled = { sinceMs, counts: new Map() };
      this.#buckets.set(bucket, pooled);
    }
    const { counts } = pooled;
    let before = counts.get(key);
    if (before === undefined && (counts.size >= maxKeys || !this.#hasRoomFor(key, maxTextBytes))) {
      key = this.#overflowOf(key);
      before = counts.get(key);
      const hasRoom = counts.size < maxKeys + OVERFLOW_RESERVE && this.#hasRoomFor(key, maxTextBytes + TEXT_RESERVE);
      if (before === undefined && !hasRoom) {
        this.#drops.add("too_many_keys", count);
        return;
      }
    }
    if (before === undefined) {
      if (this.#entries >= maxEntries) {
        this.#drops.add("queue_full", count);
        return;
      }
      this.#entries++;
      this.#hold(key);
    }
    counts.set(key, (before ?? 0) + count);
  }

  /** Moves counts into a batch until it is full, what came first first. */
  drain(columns: Columns): void {
    for (const [bucket, { counts }] of this.#buckets) {
      for (const [key, count] of counts) {
        if (columns.isFull) return;
        columns.add(key.service, key.method, key.path, bucket, count);
        counts.delete(key);
        this.#entries--;
        this.#release(key);
      }
      this.#buckets.delete(bucket);
    }
  }

  /** Drops, as expired, the buckets whose first count came in before a time of the monotonic clock. */
  expire(beforeMs: number): void {
    for (const [bucket, { sinceMs, counts }] of this.#buckets) {
      if (sinceMs >= beforeMs) continue;
      let requests = 0;
      for (const [key, count] of counts) {
        requests += count;
        this.#release(key);
      }
      this.#entries -= counts.size;
      this.#buckets.delete(bucket);
      this.#drops.add("expired", requests);
    }
  }

  #hasRoomFor({ path, service }: Key, maxBytes: number): boolean {
    const added = (path.holders > 0 ? 0 : path.bytes.length) + (service.holders > 0 ? 0 : service.bytes.length);
    return added === 0 || this.#textBytes + added <= maxBytes;
  }

  #hold(key: Key): void {
    for (const text of textsOf(key)) if (text.holders++ === 0) this.#textBytes += text.bytes.length;
  }

  #release(key: Key): void {
    for (const text of textsOf(key)) if (--text.holders === 0) this.#textBytes -= text.bytes.length;
  }
}

function textsOf({ path, service }: Key): readonly [Text, Text] {
  return [path, service];
}
