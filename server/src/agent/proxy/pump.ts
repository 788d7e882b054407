import type { Readable, Writable } from "node:stream";

/**
 * Passes on what comes as it comes, no faster than it is taken. Unlike `pipe` it leaves the end to the caller, who may have
 * trailers to send, and errors too.
 *
 * @param onEnd everything has come
 * @param onData something has been passed on
 */
export function pump(from: Readable, to: Writable, onEnd: () => void, onData?: () => void): void {
  from.on("data", (chunk: Buffer) => {
    onData?.();
    if (!to.destroyed && !to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", onEnd);
}
