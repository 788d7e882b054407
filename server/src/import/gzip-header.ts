import type { ByteQueue } from "./byte-queue.ts";
import { endsEarly } from "./gzip-errors.ts";

const MAGIC_BYTES = 2;
/** Method, flags, time, compression level and operating system. */
const FIXED_BYTES = 8;
const METHOD_DEFLATE = 8;
const HAS_HEADER_CRC = 0x02;
const HAS_EXTRA = 0x04;
const HAS_NAME = 0x08;
const HAS_COMMENT = 0x10;
const RESERVED = 0xe0;
/** File names and comments in headers are short; this bounds what a file can make the reader hold. */
const MAX_TEXT_BYTES = 65_536;

/**
 * Skips the header of a gzip member (RFC 1952, 2.3).
 *
 * @returns false when it is none
 * @throws CountError `invalid` when the data ends in it
 */
export async function readGzipHeader(input: ByteQueue): Promise<boolean> {
  const magic = await input.exactly(MAGIC_BYTES);
  if (magic?.[0] !== 0x1f || magic[1] !== 0x8b) return false;
  const fixed = await need(input, FIXED_BYTES);
  const flags = fixed[1]!;
  if (fixed[0] !== METHOD_DEFLATE || (flags & RESERVED) !== 0) return false;
  if ((flags & HAS_EXTRA) !== 0) await need(input, (await need(input, 2)).readUInt16LE(0));
  if ((flags & HAS_NAME) !== 0 && !(await skipText(input))) return false;
  if ((flags & HAS_COMMENT) !== 0 && !(await skipText(input))) return false;
  if ((flags & HAS_HEADER_CRC) !== 0) await need(input, 2);
  return true;
}

async function need(input: ByteQueue, length: number): Promise<Buffer> {
  const bytes = await input.exactly(length);
  if (bytes === undefined) throw endsEarly();
  return bytes;
}

/** Skips text that ends with a NUL; false when it is too long. */
async function skipText(input: ByteQueue): Promise<boolean> {
  for (let skipped = 0; skipped < MAX_TEXT_BYTES; ) {
    const bytes = await input.some();
    if (bytes === undefined) throw endsEarly();
    const end = bytes.indexOf(0);
    if (end !== -1) {
      input.putBack(bytes.subarray(end + 1));
      return true;
    }
    skipped += bytes.length;
  }
  return false;
}
