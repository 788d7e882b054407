import { varintLength, writeVarint } from "./varint.ts";

/** Field 2, length-delimited. */
const STRINGS_TAG = 0x12;

/** A dictionary string as field 2 of `RecordBatch`: tag, length, UTF-8. */
export function encodeText(value: string): Uint8Array {
  const length = Buffer.byteLength(value);
  // Not from the shared pool: a small slice of it would keep 8 KiB alive for as long as the key lives.
  const bytes = Buffer.from(new ArrayBuffer(1 + varintLength(length) + length));
  bytes[0] = STRINGS_TAG;
  bytes.write(value, writeVarint(bytes, 1, length));
  return bytes;
}
