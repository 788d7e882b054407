/** How many bytes {@link compressionOf} needs. */
export const MAGIC_BYTES = 6;

/** The first bytes of each format that may turn up, from the formats' specifications. */
const MAGIC: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
];

/** The compression that the first bytes of a file tell, or undefined. A name proves nothing: rotated logs are renamed. */
export function compressionOf(head: Buffer): string | undefined {
  return MAGIC.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0];
}
