import { methodFromName, methodName } from "@count/proto";
import { emptyColumns, MAX_BATCH_KEYS } from "../batch/columns.ts";
import type { SealedBatch } from "../batch/sealed-batch.ts";
import { BUCKET_MS, bucketOfMs, isStorableTime } from "./bucket.ts";
import { BucketPool, OVERFLOW_RESERVE } from "./bucket-pool.ts";
import type { Drops } from "./drops.ts";
import { type Key, KeyTable, type Methods, NO_PATHS, type Paths } from "./key-table.ts";
import { cutPath, isValidPath, isValidService, OVERFLOW_PATH } from "./path.ts";

export interface TallyOptions {
  /** Different keys of one bucket; what comes after them is counted under `(overflow)`. */
  readonly maxKeys: number;
  /** Different (bucket, key) of the buckets that are not the current one. */
  readonly maxPooled: number;
  /** Wall clock in milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** A clock that never jumps, in milliseconds; for age. */
  readonly monotonicNow: () => number;
  readonly drops: Drops;
  /** There was nothing, and now there is. */
  readonly onFirst: () => void;
  /** There is a full batch. */
  readonly onFull: () => void;
}

/** Records between two looks at the clock while the event loop does not turn. */
const CLOCK_EVERY = 1_024;
/** Bytes of strings that the dictionary may have between two batches: at least the first, or so many for each of `maxKeys`. */
const MIN_TABLE_BYTES = 4 * 1_024 * 1_024;
const TABLE_BYTES_PER_KEY = 256;

/**
 * What has been recorded and not been sealed: (service, method, path, bucket) → n.
 *
 * The current bucket is an array of counters, indexed by the dense number of the key; other buckets are maps. The wall clock
 * is not read for every request, which costs as much as all the rest: it is read by {@link checkClock}, which the owner
 * calls at least once a second and when the bucket ends, at the first request after a seal, and every 1,024 requests. So a request
 * without a timestamp may be counted in the bucket before its own if it comes within one turn of the event loop of the boundary.
 */
export class Tally {
  /** Calls of {@link record}. */
  recorded = 0;

  readonly #options: TallyOptions;
  readonly #drops: Drops;
  readonly #maxKeys: number;
  readonly #tableBytes: number;
  readonly #table = new KeyTable();
  readonly #pool: BucketPool;

  /** The counter of each key, and the numbers of those that are not 0. */
  #counts = new Float64Array(256);
  readonly #touched: Uint32Array;
  #touchedCount = 0;
  #openedAtMs = 0;

  #bucket: number;
  #startMs = 0;
  #endMs = 0;
  #untilClock = CLOCK_EVERY;

  // The last service and method and what is below them: most calls repeat them.
  #lastService: string | undefined;
  #lastMethods: Methods = new Map();
  #lastMethod: number | string | undefined;
  #lastPaths: Paths = NO_PATHS;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#drops = options.drops;
    this.#maxKeys = options.maxKeys;
    this.#touched = new Uint32Array(options.maxKeys + OVERFLOW_RESERVE);
    this.#tableBytes = Math.max(MIN_TABLE_BYTES, options.maxKeys * TABLE_BYTES_PER_KEY);
    const { maxKeys, maxPooled: maxEntries } = options;
    const limits = { maxKeys, maxEntries, maxTextBytes: 2 * this.#tableBytes };
    this.#pool = new BucketPool(limits, options.drops, (key) => this.#overflowOf(key));
    const now = options.now();
    this.#bucket = bucketOfMs(isStorableTime(now) ? now : 0);
    this.#enter(this.#bucket);
  }

  /** When the current bucket ends, in milliseconds of the wall clock. */
  get bucketEndMs(): number {
    return this.#endMs;
  }

  /** How many (bucket, key) wait to be sealed. */
  get entries(): number {
    return this.#touchedCount + this.#pool.entries;
  }

  /** How many requests wait to be sealed. Takes time in proportion to {@link entries}. */
  requests(): number {
    let sum = this.#pool.requests();
    for (let at = 0; at < this.#touchedCount; at++) sum += this.#counts[this.#touched[at]!]!;
    return sum;
  }

  /** See `Counter.record`. */
  record(method: number | string, path: string, service: string, timestampMs: number | undefined): void {
    this.recorded++;
    if (service !== this.#lastService) this.#select(service);
    if (method !== this.#lastMethod) {
      this.#lastMethod = method;
      this.#lastPaths = this.#lastMethods.get(method) ?? NO_PATHS;
    }
    const id = this.#lastPaths.get(path);
    if (
      id !== undefined &&
      (timestampMs === undefined ? --this.#untilClock > 0 : timestampMs >= this.#startMs && timestampMs < this.#endMs)
    ) {
      if (this.#counts[id]!++ === 0) this.#touch(id, timestampMs !== undefined);
      return;
    }
    this.#recordSlowly(method, path, service, timestampMs);
  }

  /** Looks at the wall clock and enters its bucket if that is another one. */
  checkClock(): void {
    this.#untilClock = CLOCK_EVERY;
    const now = this.#options.now();
    if ((now >= this.#startMs && now < this.#endMs) || !isStorableTime(now)) return;
    this.#poolOpen();
    if (this.#isTableLarge(1)) this.#forgetKeys();
    this.#enter(bucketOfMs(now));
  }

  /** Drops what has waited since before a time of the monotonic clock. The current bucket is never that old. */
  expire(beforeMs: number): void {
    this.#pool.expire(beforeMs);
  }

  /** Takes up to 1,000 counts out, oldest bucket first, as a batch; undefined when there are none. */
  seal(sealedAtMs: number): SealedBatch | undefined {
    const columns = emptyColumns();
    this.#pool.drain(columns);
    while (this.#touchedCount > 0 && !columns.isFull) {
      const id = this.#touched[--this.#touchedCount]!;
      const { service, method, path } = this.#table.key(id);
      columns.add(service, method, path, this.#bucket, this.#counts[id]!);
      this.#counts[id] = 0;
    }
    if (columns.length === 0) return undefined;
    const requests = columns.requests;
    const body = columns.take();
    if (this.#touchedCount === 0 && this.#isTableLarge(1)) this.#forgetKeys();
    return { body, requests, dropped: this.#drops.total, sealedAtMs };
  }

  #isCurrent(timestampMs: number): boolean {
    return timestampMs >= this.#startMs && timestampMs < this.#endMs;
  }

  #select(service: string): void {
    this.#lastService = service;
    this.#lastMethods = this.#table.methodsOf(service);
    this.#lastMethod = undefined;
    this.#lastPaths = NO_PATHS;
  }

  /** What is new, late or wrong. */
  #recordSlowly(method: unknown, path: unknown, service: unknown, timestampMs: unknown): void {
    const number = methodNumber(method);
    if (
      number === undefined ||
      typeof path !== "string" ||
      typeof service !== "string" ||
      !(timestampMs === undefined || isStorableTime(timestampMs))
    ) {
      this.#drops.add("invalid", 1);
      return;
    }
    const cut = cutPath(path);
    const known = this.#table.pathsOf(number, service).get(cut);
    if (known === undefined) {
      const reason = !isValidService(service) ? "service_invalid" : isValidPath(cut) ? undefined : "path_invalid";
      if (reason !== undefined) {
        this.#drops.add(reason, 1);
        return;
      }
    }
    if (timestampMs === undefined ? this.#untilClock <= 0 : !this.#isCurrent(timestampMs)) this.checkClock();
    if (timestampMs !== undefined && !this.#isCurrent(timestampMs)) {
      const isFirst = this.entries === 0;
      const id = this.#table.pathsOf(number, service).get(cut) ?? this.#intern(number, cut, service);
      this.#pool.add(bucketOfMs(timestampMs), this.#table.key(id), 1, this.#options.monotonicNow());
      if (isFirst) this.#options.onFirst();
      if (this.#pool.entries === MAX_BATCH_KEYS) this.#options.onFull();
      return;
    }
    if (known === undefined && this.#touchedCount >= this.#maxKeys) {
      this.#countOverflow(number, service);
      return;
    }
    const id = this.#table.pathsOf(number, service).get(cut) ?? this.#intern(number, cut, service);
    if (this.#counts[id]!++ === 0) this.#touch(id, timestampMs !== undefined);
  }

  /** A counter that was 0 has become 1. `isTimed`: the request said when it was, and the bucket is that one. */
  #touch(id: number, isTimed: boolean): void {
    if (this.#touchedCount === 0) {
      this.#openedAtMs = this.#options.monotonicNow();
      // Nothing is open, so this moves nothing.
      if (!isTimed) this.checkClock();
      this.#touched[this.#touchedCount++] = id;
      if (this.#pool.entries === 0) this.#options.onFirst();
      return;
    }
    if (this.#touchedCount >= this.#maxKeys && this.#table.key(id).path.value !== OVERFLOW_PATH) {
      this.#counts[id] = 0;
      const { method, service } = this.#table.key(id);
      this.#countOverflow(method, service.value);
      return;
    }
    if (this.#touchedCount >= this.#touched.length) {
      this.#counts[id] = 0;
      this.#drops.add("too_many_keys", 1);
      return;
    }
    this.#touched[this.#touchedCount++] = id;
    if (this.#touchedCount === MAX_BATCH_KEYS) this.#options.onFull();
  }

  #countOverflow(method: number, service: string): void {
    const known = this.#table.pathsOf(method, service).get(OVERFLOW_PATH);
    if (known === undefined && this.#touchedCount >= this.#touched.length) {
      this.#drops.add("too_many_keys", 1);
      return;
    }
    const id = known ?? this.#intern(method, OVERFLOW_PATH, service);
    // It is not the first of its bucket, or there would be room.
    if (this.#counts[id]!++ === 0) this.#touch(id, true);
  }

  #overflowOf({ method, service }: Key): Key {
    // Not by #intern, which may be what pools. A known (service, method) has one such key, so this doubles the dictionary at most.
    const id = this.#table.intern(method, OVERFLOW_PATH, service.value);
    this.#lastService = undefined;
    this.#growCounts(id);
    return this.#table.key(id);
  }

  #intern(method: number, path: string, service: string): number {
    if (this.#isTableLarge(2)) {
      this.#poolOpen();
      this.#forgetKeys();
    }
    const id = this.#table.intern(method, path, service);
    // A service or method that was not known has its map now.
    this.#lastService = undefined;
    this.#growCounts(id);
    return id;
  }

  #growCounts(id: number): void {
    if (id < this.#counts.length) return;
    const counts = new Float64Array(this.#counts.length * 2);
    counts.set(this.#counts);
    this.#counts = counts;
  }

  /** Moves the open counts to the pool. */
  #poolOpen(): void {
    for (let at = 0; at < this.#touchedCount; at++) {
      const id = this.#touched[at]!;
      this.#pool.add(this.#bucket, this.#table.key(id), this.#counts[id]!, this.#openedAtMs);
      this.#counts[id] = 0;
    }
    this.#touchedCount = 0;
  }

  /** Whether the dictionary holds so many times more than it usually may: keys that are gone, or strings. */
  #isTableLarge(times: number): boolean {
    return this.#table.size >= times * 4 * this.#maxKeys || this.#table.textBytes >= times * this.#tableBytes;
  }

  /** Keeps the dictionary from growing for ever under paths that never repeat. Nothing may be open. */
  #forgetKeys(): void {
    this.#table.clear();
    this.#lastService = undefined;
  }

  #enter(bucket: number): void {
    this.#bucket = bucket;
    this.#startMs = bucket * BUCKET_MS;
    this.#endMs = this.#startMs + BUCKET_MS;
  }
}

function methodNumber(method: unknown): number | undefined {
  if (typeof method === "string") return method === "" ? undefined : methodFromName(method);
  return typeof method === "number" && methodName(method) !== undefined ? method : undefined;
}
