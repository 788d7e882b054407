import type { Text } from "../counting/key-table.ts";
import { varintLength, writeVarint, zigzag } from "./varint.ts";

/** Counts of one batch. */
export const MAX_BATCH_KEYS = 1_000;
/** A batch that has so many bytes of strings gets no further count: the longest that there are make 1,000 keys 2 MiB, half of gRPC's limit. */
const MAX_BATCH_TEXT_BYTES = 1_048_576;

// Tags of RecordBatch's packed columns.
const SERVICES = 0x1a;
const METHODS = 0x22;
const PATHS = 0x2a;
const BUCKETS = 0x32;
const COUNTS = 0x3a;

let lastStamp = 0;

/**
 * The columns of a batch that is being sealed, and their encoder. Reused: {@link take} returns the bytes and empties it.
 *
 * Written by hand because it is most of what a client costs: 1,000 keys take 0.1 ms, protobuf-es takes 1.5 ms
 * (Node 20, one of two busy cores). Equal to protobuf-es byte for byte (tested).
 */
export class Columns {
  readonly #texts: Text[] = [];
  // All of one type, though some would fit into less: the loops below are compiled for one.
  readonly #services = new Float64Array(MAX_BATCH_KEYS);
  readonly #methods = new Float64Array(MAX_BATCH_KEYS);
  readonly #paths = new Float64Array(MAX_BATCH_KEYS);
  readonly #buckets = new Float64Array(MAX_BATCH_KEYS);
  readonly #counts = new Float64Array(MAX_BATCH_KEYS);
  #stamp = ++lastStamp;
  #textBytes = 0;
  #length = 0;
  #requests = 0;

  get length(): number {
    return this.#length;
  }

  get requests(): number {
    return this.#requests;
  }

  get isFull(): boolean {
    return this.#length === MAX_BATCH_KEYS || this.#textBytes >= MAX_BATCH_TEXT_BYTES;
  }

  /** Adds a count. The caller sees to it that there is room: at most {@link MAX_BATCH_KEYS}. `count` is at least 1. */
  add(service: Text, method: number, path: Text, bucket: number, count: number): void {
    const at = this.#length++;
    this.#services[at] = this.#indexOf(service);
    this.#methods[at] = method;
    this.#paths[at] = this.#indexOf(path);
    this.#buckets[at] = zigzag(bucket);
    this.#counts[at] = count;
    this.#requests += count;
  }

  /** The encoded columns and dictionary: `RecordBatch` without `number` and `dropped`. */
  take(): Uint8Array {
    const columns: readonly (readonly [number, Float64Array])[] = [
      [SERVICES, this.#services],
      [METHODS, this.#methods],
      [PATHS, this.#paths],
      [BUCKETS, this.#buckets],
      [COUNTS, this.#counts],
    ];
    const length = this.#length;
    const widths = columns.map(([, column]) => packedLength(column, length));
    let size = this.#textBytes;
    for (const width of widths) size += length === 0 ? 0 : 1 + varintLength(width) + width;

    // From the shared pool: a batch that waits for its acknowledgement does not wait long.
    const body = Buffer.allocUnsafe(size);
    let offset = 0;
    for (const { bytes } of this.#texts) {
      body.set(bytes, offset);
      offset += bytes.length;
    }
    for (let i = 0; i < columns.length && length > 0; i++) {
      const [tag, column] = columns[i]!;
      body[offset++] = tag;
      offset = writeVarint(body, offset, widths[i]!);
      for (let at = 0; at < length; at++) offset = writeVarint(body, offset, column[at]!);
    }
    this.clear();
    return body;
  }

  clear(): void {
    this.#texts.length = 0;
    this.#stamp = ++lastStamp;
    this.#textBytes = 0;
    this.#length = 0;
    this.#requests = 0;
  }

  #indexOf(text: Text): number {
    if (text.stamp !== this.#stamp) {
      text.stamp = this.#stamp;
      text.index = this.#texts.length;
      this.#texts.push(text);
      this.#textBytes += text.bytes.length;
    }
    return text.index;
  }
}

const shared = new Columns();

/** Empty columns, the same for everybody: they are taken before anything else runs, and take 40 KB. */
export function emptyColumns(): Columns {
  shared.clear();
  return shared;
}

function packedLength(column: Float64Array, length: number): number {
  let bytes = 0;
  for (let at = 0; at < length; at++) bytes += varintLength(column[at]!);
  return bytes;
}
