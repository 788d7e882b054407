import { RefusalReason } from "@count/proto";
import { type Refusal, refusal } from "../domain/refusal.ts";

/** The fields of an AddRequest, as {@link readAddMessage} leaves them. Reused from message to message. */
export interface AddMessage {
  method: number;
  /** The bytes of the path and of the service, as Latin-1 strings. */
  path: string;
  service: string;
  /** Whole seconds since 1970-01-01T00:00:00Z, rounded down. NaN when there is no timestamp. */
  seconds: number;
}

const TWO_TO_63 = 2 ** 63;

/** Position in the message that is being read. Messages are read one at a time, without a pause in between. */
let at = 0;

/**
 * Reads an AddRequest from protobuf's binary format (https://protobuf.dev/programming-guides/encoding/) without making a
 * message object: fields in any order, unknown ones skipped, the last of a repeated one wins, a Timestamp in several pieces
 * is merged.
 *
 * protobuf-es takes 3 to 4 µs for the same; that is half of what a bare grpc-js stream costs per message.
 *
 * @returns undefined, or why it is not an AddRequest.
 */
export function readAddMessage(bytes: Buffer, into: AddMessage): Refusal | undefined {
  into.method = 0;
  into.path = "";
  into.service = "";
  into.seconds = Number.NaN;
  at = 0;
  const end = bytes.length;
  while (at < end) {
    const tag = readVarint(bytes, end);
    if (tag === 0x08) {
      const method = readVarint(bytes, end);
      into.method = method > 0x7fff_ffff ? -1 : method;
    } else if (tag === 0x12 || tag === 0x22) {
      const length = readVarint(bytes, end);
      if (!(at + length <= end)) return MALFORMED;
      const text = bytes.toString("latin1", at, at + length);
      at += length;
      if (tag === 0x12) into.path = text;
      else into.service = text;
    } else if (tag === 0x1a) {
      const length = readVarint(bytes, end);
      if (!(at + length <= end)) return MALFORMED;
      if (!readTimestamp(bytes, at + length, into)) return MALFORMED;
    } else if (!skip(bytes, end, tag)) {
      return MALFORMED;
    }
    // A varint that is cut off or too long reads as NaN, and so does everything that is computed from it.
    if (!(at <= end)) return MALFORMED;
  }
  return Number.isNaN(into.seconds) ? MISSING_TIMESTAMP : undefined;
}

function readTimestamp(bytes: Buffer, end: number, into: AddMessage): boolean {
  let seconds = Number.isNaN(into.seconds) ? 0 : into.seconds;
  while (at < end) {
    const tag = readVarint(bytes, end);
    if (tag === 0x08) seconds = readInt64(bytes, end);
    // Nanoseconds count from the second on, also before 1970: they never change which second it is.
    else if (!skip(bytes, end, tag)) return false;
  }
  into.seconds = seconds;
  return at === end && !Number.isNaN(seconds);
}

function skip(bytes: Buffer, end: number, tag: number): boolean {
  // Field number 0 does not exist; groups (wire types 3 and 4) are not in proto3.
  if (!(tag >= 8)) return false;
  switch (tag % 8) {
    case 0:
      return !Number.isNaN(readVarint(bytes, end));
    case 1:
      at += 8;
      return at <= end;
    case 2: {
      const length = readVarint(bytes, end);
      at += length;
      return at <= end;
    }
    case 5:
      at += 4;
      return at <= end;
    default:
      return false;
  }
}

/** An unsigned varint of at most ten bytes, rounded beyond 2^53; NaN, and `at` too, when it is cut off or longer. */
function readVarint(bytes: Buffer, end: number): number {
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    if (at >= end) return fail();
    const byte = bytes[at++]!;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return low;
  }
  let value = low;
  for (let factor = 268_435_456, i = 4; i < 10; i++, factor *= 128) {
    if (at >= end) return fail();
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  return fail();
}

function fail(): number {
  at = Number.NaN;
  return Number.NaN;
}

/** A two's complement int64; exact wherever it is within 2^53 of zero. */
function readInt64(bytes: Buffer, end: number): number {
  const start = at;
  const value = readVarint(bytes, end);
  if (!(value >= TWO_TO_63)) return value;
  let exact = 0n;
  for (let i = start; i < at; i++) exact |= BigInt(bytes[i]! & 0x7f) << BigInt(7 * (i - start));
  return Number(BigInt.asIntN(64, exact));
}

const MALFORMED = refusal(
  RefusalReason.BATCH_MALFORMED,
  "the message does not decode; accepted is count.v1.AddRequest",
);
const MISSING_TIMESTAMP = refusal(RefusalReason.TIMESTAMP_INVALID, "request_timestamp is missing; it is required");
