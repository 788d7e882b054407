import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { SealedBatch } from "../batch/sealed-batch.ts";

/**
 * A segment is a file of records: u32 length of the payload, u32 CRC-32 of the payload, payload; little-endian. A payload is u64
 * sequence number, f64 requests, f64 dropped, f64 time of sealing (milliseconds since 1970-01-01T00:00:00Z), body.
 */
const HEADER_BYTES = 8;
const FIXED_BYTES = 32;
/** A batch of 1,000 keys of the longest strings has 0.6 MiB; a length above this is damage. */
const MAX_PAYLOAD_BYTES = 4 * 1024 * 1024;

/** Where a batch is in its segment, and what is known of it without reading it. */
export interface RecordPlace {
  readonly offset: number;
  readonly length: number;
  readonly requests: number;
  readonly dropped: number;
  /** Wall clock. */
  readonly sealedAtMs: number;
}

export function encodeRecord(sequence: number, batch: SealedBatch, sealedAtMs: number): Buffer {
  const payloadLength = FIXED_BYTES + batch.body.length;
  const record = Buffer.allocUnsafe(HEADER_BYTES + payloadLength);
  record.writeUInt32LE(payloadLength, 0);
  record.writeBigUInt64LE(BigInt(sequence), 8);
  record.writeDoubleLE(batch.requests, 16);
  record.writeDoubleLE(batch.dropped, 24);
  record.writeDoubleLE(sealedAtMs, 32);
  record.set(batch.body, HEADER_BYTES + FIXED_BYTES);
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4);
  return record;
}

/** The body of a record that {@link encodeRecord} made; undefined when it is damaged. */
export function decodeBody(record: Buffer): Uint8Array | undefined {
  return isIntact(record, 0) ? record.subarray(HEADER_BYTES + FIXED_BYTES) : undefined;
}

export interface Scan {
  readonly places: ReadonlyMap<number, RecordPlace>;
  /** Bytes behind the last intact record. */
  readonly cutBytes: number;
}

/** Finds the records of a segment. It ends at the first that is torn or damaged: behind it nothing can be found reliably. */
export function scanSegment(path: string): Scan {
  const bytes = readFileSync(path);
  const places = new Map<number, RecordPlace>();
  let offset = 0;
  while (isIntact(bytes, offset)) {
    const length = HEADER_BYTES + bytes.readUInt32LE(offset);
    places.set(Number(bytes.readBigUInt64LE(offset + 8)), {
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
