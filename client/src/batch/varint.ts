/** Length of an unsigned varint in bytes. `value` is whole, 0 to 2^53 - 1. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let length = 4;
  for (let limit = 0x1000_0000; value >= limit; limit *= 128) length++;
  return length;
}

/** Writes an unsigned varint and returns the offset behind it. `value` is whole, 0 to 2^53 - 1. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  // Bit operations work on 32 bits; what is above them takes divisions, and is rare.
  while (value > 0x7fff_ffff) {
    target[offset++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  while (value >= 128) {
    target[offset++] = (value & 127) | 128;
    value >>>= 7;
  }
  target[offset++] = value;
  return offset;
}

/** ZigZag, as protobuf's sint64 has it. `value` is whole, -2^52 to 2^52. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
