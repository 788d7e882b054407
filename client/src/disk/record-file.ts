import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { SealedBatch } from "../batch/sealed-batch.ts";

/**
 * A segment is a file of records: u32 length of the payload, u32 CRC-32 of the payload, payload; little-endian. A payload is u64
 * sequence number, f64 requests, f64 dropped, f64 time of sealing (milliseconds since 1970-01-01T00:00:00Z), then, if the highest
 * bit of the sequence number is set, u32 length of the note and the note, and then the body.
 */
const HEADER_BYTES = 8;
const FIXED_BYTES = 32;
/** A counter's batch has little more than 1 MiB, and one that an agent took in up to 4; a length above this is damage. */
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
const NOTED = 1n << 63n;

/** Where a batch is in its segment, and what is known of it without reading it. */
export interface RecordPlace {
  readonly offset: number;
  readonly length: number;
  readonly requests: number;
  readonly dropped: number;
  /** Wall clock. */
  readonly sealedAtMs: number;
}

/** @param note What the queue's owner wants back with the batch when the queue is recovered. */
export function encodeRecord(sequence: number, batch: SealedBatch, sealedAtMs: number, note?: Uint8Array): Buffer {
  const noteLength = note === undefined ? 0 : 4 + note.length;
  const payloadLength = FIXED_BYTES + noteLength + batch.body.length;
  const record = Buffer.allocUnsafe(HEADER_BYTES + payloadLength);
  record.writeUInt32LE(payloadLength, 0);
  record.writeBigUInt64LE(BigInt(sequence) | (note === undefined ? 0n : NOTED), 8);
  record.writeDoubleLE(batch.requests, 16);
  record.writeDoubleLE(batch.dropped, 24);
  record.writeDoubleLE(sealedAtMs, 32);
  if (note !== undefined) {
    record.writeUInt32LE(note.length, HEADER_BYTES + FIXED_BYTES);
    record.set(note, HEADER_BYTES + FIXED_BYTES + 4);
  }
  record.set(batch.body, HEADER_BYTES + FIXED_BYTES + noteLength);
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4);
  return record;
}

/** The body of a record that {@link encodeRecord} made; undefined when it is damaged. */
export function decodeBody(record: Buffer): Uint8Array | undefined {
  if (!isIntact(record, 0)) return undefined;
  return record.subarray(HEADER_BYTES + FIXED_BYTES + (noteOf(record, 0)?.bytes ?? 0));
}

interface Note {
  readonly text: Uint8Array;
  /** With its length. */
  readonly bytes: number;
}

/** The note of an intact record. */
function noteOf(bytes: Buffer, offset: number): Note | undefined {
  if (bytes[offset + HEADER_BYTES + 7]! < 0x80) return undefined;
  const start = offset + HEADER_BYTES + FIXED_BYTES;
  const length = bytes.readUInt32LE(start);
  return { text: bytes.subarray(start + 4, start + 4 + length), bytes: 4 + length };
}

export interface Scan {
  readonly places: ReadonlyMap<number, RecordPlace>;
  /** Bytes behind the last intact record. */
  readonly cutBytes: number;
}

/**
 * Finds the records of a segment. It ends at the first that is torn or damaged: behind it nothing can be found reliably.
 *
 * @param onNote Called with each record's note, in their order.
 */
export function scanSegment(path: string, onNote: (note: Uint8Array, sealedAtMs: number) => void): Scan {
  const bytes = readFileSync(path);
  const places = new Map<number, RecordPlace>();
  let offset = 0;
  while (isIntact(bytes, offset)) {
    const length = HEADER_BYTES + bytes.readUInt32LE(offset);
    const note = noteOf(bytes, offset);
    if (note !== undefined) onNote(note.text, bytes.readDoubleLE(offset + 32));
    places.set(Number(bytes.readBigUInt64LE(offset + 8) & ~NOTED), {
      offset,
      length,
      requests: bytes.readDoubleLE(offset + 16),
      dropped: bytes.readDoubleLE(offset + 24),
      sealedAtMs: bytes.readDoubleLE(offset + 32),
    });
    offset += length;
  }
  return { places, cutBytes: bytes.length - offset };
}

function isIntact(bytes: Buffer, offset: number): boolean {
  if (offset + HEADER_BYTES + FIXED_BYTES > bytes.length) return false;
  const payloadLength = bytes.readUInt32LE(offset);
  if (payloadLength < FIXED_BYTES || payloadLength > MAX_PAYLOAD_BYTES) return false;
  const start = offset + HEADER_BYTES;
  if (start + payloadLength > bytes.length) return false;
  return crc32(bytes.subarray(start, start + payloadLength)) === bytes.readUInt32LE(offset + 4);
}
