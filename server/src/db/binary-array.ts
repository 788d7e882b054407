/**
 * Arrays as parameters in PostgreSQL's binary format (`array_recv` in its source, src/backend/utils/adt/arrayfuncs.c).
 * node-postgres sends a Buffer as a binary parameter; a JavaScript array it prints as text, which the server parses. A
 * statement with 10,000 bigints takes 2.1 instead of 4.8 ms, and 1.5 instead of 3.6 ms of this process's time (Node 20,
 * PostgreSQL 15 on the same machine, medians).
 *
 * The statement has to say the type (`$1::bigint[]`), and the function has to be the one of that type.
 */

const INT2_OID = 21;
const INT8_OID = 20;
const TEXT_OID = 25;
const DATE_OID = 1082;
const UUID_OID = 2950;

const EMPTY_HEADER_BYTES = 12;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_TO_32 = 4_294_967_296;
/** 2000-01-01, from which PostgreSQL counts days, in days since 1970-01-01. */
const POSTGRES_EPOCH_DAY = 10_957;

/** `bigint[]`. A number must be a safe integer. @throws RangeError */
export function int8Array(values: ArrayLike<number | bigint>): Buffer {
  const { buffer, start } = fixed(INT8_OID, values.length, 8);
  for (let i = 0, at = start; i < values.length; i++, at += 12) {
    const value = values[i]!;
    buffer.writeInt32BE(8, at);
    if (typeof value === "bigint") {
      buffer.writeBigInt64BE(value, at + 4);
    } else {
      if (!Number.isSafeInteger(value)) throw new RangeError(`element ${i} is ${value}; accepted are safe integers`);
      buffer.writeInt32BE(Math.floor(value / TWO_TO_32), at + 4);
      buffer.writeUInt32BE(value >>> 0, at + 8);
    }
  }
  return buffer;
}

/** `smallint[]`. @throws RangeError unless each is a whole number of -32,768 to 32,767 */
export function int2Array(values: ArrayLike<number>): Buffer {
  const { buffer, start } = fixed(INT2_OID, values.length, 2);
  for (let i = 0, at = start; i < values.length; i++, at += 6) {
    const value = values[i]!;
    // writeInt16BE cuts fractions off without a word.
    if (!Number.isInteger(value)) throw new RangeError(`element ${i} is ${value}; accepted are whole numbers`);
    buffer.writeInt32BE(2, at);
    buffer.writeInt16BE(value, at + 4);
  }
  return buffer;
}

/** `date[]` of days since 1970-01-01. @throws RangeError unless each is a whole number that fits in 32 bits */
export function dateArray(days: ArrayLike<number>): Buffer {
  const { buffer, start } = fixed(DATE_OID, days.length, 4);
  for (let i = 0, at = start; i < days.length; i++, at += 8) {
    const day = days[i]!;
    if (!Number.isInteger(day)) throw new RangeError(`element ${i} is ${day}; accepted are whole numbers of days`);
    buffer.writeInt32BE(4, at);
    buffer.writeInt32BE(day - POSTGRES_EPOCH_DAY, at + 4);
  }
  return buffer;
}

/** `uuid[]` of texts such as `4d4f9c5e-…`, with or without hyphens. @throws RangeError for one that is no UUID */
export function uuidArray(values: ArrayLike<string>): Buffer {
  const { buffer, start } = fixed(UUID_OID, values.length, 16);
  for (let i = 0, at = start; i < values.length; i++, at += 20) {
    const hex = values[i]!.replaceAll("-", "");
    buffer.writeInt32BE(16, at);
    // write stops at the first character that is no hexadecimal digit.
    if (hex.length !== 32 || buffer.write(hex, at + 4, 16, "hex") !== 16) {
      throw new RangeError(`element ${i} is ${JSON.stringify(values[i])}; accepted are UUIDs`);
    }
  }
  return buffer;
}

/** `text[]`. The server refuses a text that holds NUL. */
export function textArray(values: ArrayLike<string>): Buffer {
  if (values.length === 0) return header(TEXT_OID, 0, 0);
  let size = values.length * LENGTH_BYTES;
  for (let i = 0; i < values.length; i++) size += Buffer.byteLength(values[i]!);
  const buffer = header(TEXT_OID, values.length, size);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++) {
    const written = buffer.write(values[i]!, at + LENGTH_BYTES);
    buffer.writeInt32BE(written, at);
    at += LENGTH_BYTES + written;
  }
  return buffer;
}

function fixed(oid: number, length: number, bytes: number): { buffer: Buffer; start: number } {
  return { buffer: header(oid, length, length * (LENGTH_BYTES + bytes)), start: HEADER_BYTES };
}

/** Dimensions, flags (no nulls), element type, and unless it is empty the length and the index of its first element. */
function header(oid: number, length: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(length === 0 ? EMPTY_HEADER_BYTES : HEADER_BYTES + size);
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(0, 4);
  buffer.writeInt32BE(oid, 8);
  if (length > 0) {
    buffer.writeInt32BE(length, 12);
    buffer.writeInt32BE(1, 16);
  }
  return buffer;
}
