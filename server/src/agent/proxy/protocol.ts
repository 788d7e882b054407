import type { Socket } from "node:net";

/** How HTTP/2 starts (RFC 9113, section 3.4). Three bytes tell it from every method of HTTP/1. */
const HTTP2_START = Buffer.from("PRI");

/**
 * Says what a connection speaks, once it has said enough; what it said is put back. One that says nothing for `waitMs` is
 * closed.
 */
export function whenKnown(socket: Socket, waitMs: number, known: (protocol: "http1" | "http2") => void): void {
  const timer = setTimeout(() => socket.destroy(), waitMs);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off("readable", look);
    socket.off("close", leave);
  };
  let seen: Buffer = Buffer.alloc(0);
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      if (socket.readableEnded) socket.destroy();
      return;
    }
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const isStart = seen.subarray(0, HTTP2_START.length).equals(HTTP2_START.subarray(0, seen.length));
    if (isStart && seen.length < HTTP2_START.length) return;
    leave();
    socket.unshift(seen);
    known(isStart ? "http2" : "http1");
  };
  socket.on("readable", look);
  socket.once("close", leave);
}
