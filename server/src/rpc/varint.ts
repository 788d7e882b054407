/** Bytes of the longest varint: 64 bits in groups of 7. */
export const MAX_VARINT_BYTES = 10;

/** Bytes of a varint. `value` is a whole number, 0 to 2^53 - 1. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a varint and returns where it ends. `value` is a whole number, 0 to 2^53 - 1. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  // Bit operators take 32 bits.
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) out[end++] = (rest % 128) | 128;
  for (; rest > 127; rest >>>= 7) out[end++] = (rest & 127) | 128;
  out[end++] = rest;
  return end;
}

/** A varint by itself. `value` is a whole number, 0 to 2^53 - 1. */
export function varint(value: number): Uint8Array {
  const out = new Uint8Array(varintSize(value));
  writeVarint(out, 0, value);
  return out;
}

/** A varint of an int64: a negative one is its two's complement, in ten bytes. */
export function uint64Varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return Uint8Array.from(out);
}
