import { crc32 } from "node:zlib";
import { ByteQueue } from "./byte-queue.ts";
import { damaged, endsEarly, trailing } from "./gzip-errors.ts";
import { readGzipHeader } from "./gzip-header.ts";
import { inflate } from "./inflate.ts";

const TRAILER_BYTES = 8;

/**
 * Decompresses gzip, one member or several in a row (RFC 1952).
 *
 * `zlib.createGunzip` throws away what it has decompressed and not handed on when it meets an error or the end of a file
 * that was cut off, and what it does after a member depends on where the chunks are cut. So the members are taken apart
 * here, and zlib does the deflated data between their headers and trailers.
 *
 * @throws CountError `invalid` when the data ends early, is damaged, or goes on with something else than gzip; after
 *   everything before that was yielded.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const input = new ByteQueue(chunks);
  try {
    for (let first = true; await hasMember(input); first = false) {
      if (!(await readGzipHeader(input))) {
        throw first ? damaged(input) : trailing();
      }
      let checksum = 0;
      let length = 0;
      for await (const output of inflate(input)) {
        checksum = crc32(output, checksum);
        // The trailer has the length modulo 2^32.
        length = (length + output.length) >>> 0;
        yield output;
      }
      const trailer = await input.exactly(TRAILER_BYTES);
      if (trailer === undefined) throw endsEarly();
      if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== length) throw damaged(input);
    }
  } finally {
    await input.close();
  }
}

/** Whether there is more than zeros, with which tapes and block devices fill up. */
async function hasMember(input: ByteQueue): Promise<boolean> {
  for (;;) {
    const bytes = await input.some();
    if (bytes === undefined) return false;
    const start = bytes.findIndex((byte) => byte !== 0);
    if (start === -1) continue;
    input.putBack(bytes.subarray(start));
    return true;
  }
}
