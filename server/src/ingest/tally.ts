import type { Key } from "./key-table.ts";

/** Counts as columns: the n-th count belongs to the n-th key in the n-th bucket. */
export interface Counts {
  readonly keys: readonly Key[];
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
}

/** A number for each tally: a reference would keep a whole tally in memory for as long as one of its keys is known. */
let serial = 0;

/**
 * Counts by (key, bucket), as three columns. What would pass 2^53 - 1 goes on in a second entry of the same (key, bucket).
 *
 * A key remembers where the last tally has it, so that counting one more request of the same quarter of an hour is three
 * comparisons and an addition.
 */
export class Tally implements Counts {
  readonly keys: Key[] = [];
  readonly buckets: number[] = [];
  readonly counts: number[] = [];
  /** Sum of the counts. */
  requests = 0;
  readonly #serial = ++serial;
  readonly #slots = new Map<Key, Map<number, number>>();

  /** Number of entries. */
  get size(): number {
    return this.keys.length;
  }

  add(key: Key, bucket: number, count: number): void {
    this.requests += count;
    if (key.tally === this.#serial && key.bucket === bucket) {
      const sum = this.counts[key.slot]! + count;
      if (sum <= Number.MAX_SAFE_INTEGER) {
        this.counts[key.slot] = sum;
        return;
      }
    }
    let slots = this.#slots.get(key);
    if (slots === undefined) {
      slots = new Map();
      this.#slots.set(key, slots);
    }
    let slot = slots.get(bucket);
    if (slot === undefined || this.counts[slot]! + count > Number.MAX_SAFE_INTEGER) {
      slot = this.keys.push(key) - 1;
      this.buckets.push(bucket);
      this.counts.push(0);
      slots.set(bucket, slot);
    }
    this.counts[slot]! += count;
    key.tally = this.#serial;
    key.bucket = bucket;
    key.slot = slot;
  }

  addAll(other: Counts): void {
    const { keys, buckets, counts } = other;
    for (let i = 0; i < keys.length; i++) this.add(keys[i]!, buckets[i]!, counts[i]!);
  }
}
