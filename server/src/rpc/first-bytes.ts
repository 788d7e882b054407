import type { Socket } from "node:net";

/** How HTTP/2 starts (RFC 9113, 3.4). Three bytes tell it from every method of HTTP/1 and from TLS. */
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const FIRST = 3;
const HTTP1 = /^[A-Z]{3}/;
const BODY = "This port speaks gRPC (HTTP/2). Count's pages, if any, are on its HTTP address.\n";
const HTTP1_ANSWER =
  "HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n" +
  `Content-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/**
 * Hands a connection on once it has said that it speaks HTTP/2. One that speaks HTTP/1 gets an answer that a person can read;
 * anything else, and what says nothing for `waitMs`, is closed.
 */
export function whenHttp2(socket: Socket, waitMs: number, handOn: (socket: Socket) => void): void {
  let seen = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), waitMs);
  timer.unref();
  const leave = () => {
    clearTimeout(timer);
    socket.off("readable", look);
    socket.off("close", leave);
  };
  const look = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < FIRST) return;
    const isHttp2 = HTTP2_PREFACE.subarray(0, seen.length).equals(seen.subarray(0, HTTP2_PREFACE.length));
    // A session would wait for the rest of it without limit.
    if (isHttp2 && seen.length < HTTP2_PREFACE.length) return;
    leave();
    if (isHttp2) {
      socket.off("error", ignore);
      socket.unshift(seen);
      handOn(socket);
    } else if (HTTP1.test(seen.subarray(0, FIRST).toString("latin1"))) {
      socket.end(HTTP1_ANSWER, () => socket.destroySoon());
    } else {
      socket.destroy();
    }
  };
  // A connection that breaks here concerns nobody else; without a listener the error would end the process.
  const ignore = () => undefined;
  socket.on("error", ignore);
  socket.on("readable", look);
  socket.once("close", leave);
}
