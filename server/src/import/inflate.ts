import { createInflateRaw } from "node:zlib";
import type { ByteQueue } from "./byte-queue.ts";
import { damaged, endsEarly } from "./gzip-errors.ts";

const OUTPUT_BYTES = 65_536;

/**
 * Inflates deflated data, and leaves what comes after it in the queue. The output of each chunk is yielded before the next
 * one goes in, so when the data ends early nothing is lost.
 *
 * @throws CountError `invalid` when the data ends early or is damaged.
 */
export async function* inflate(input: ByteQueue): AsyncGenerator<Buffer, void> {
  const zlib = createInflateRaw({ chunkSize: OUTPUT_BYTES });
  const state = { done: false };
  const isDone = () => state.done;
  let wake = (): void => undefined;
  const done = () => {
    state.done = true;
    wake();
  };
  zlib.on("readable", () => wake());
  zlib.on("error", done);
  // The data ends before the chunk does: then the write is not called back.
  zlib.on("end", done);
  try {
    for (;;) {
      const chunk = await input.some();
      if (chunk === undefined) throw endsEarly();
      const taken = zlib.bytesWritten;
      state.done = false;
      zlib.write(chunk, done);
      for (;;) {
        for (let output = zlib.read() as Buffer | null; output !== null; output = zlib.read() as Buffer | null) {
          yield output;
        }
        if (isDone()) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (zlib.errored) throw damaged(input, zlib.errored);
      const used = zlib.bytesWritten - taken;
      if (used < chunk.length) {
        input.putBack(chunk.subarray(used));
        return;
      }
    }
  } finally {
    zlib.destroy();
  }
}
