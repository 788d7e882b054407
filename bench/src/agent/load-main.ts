import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { serveCalls } from "../process/serve-calls.ts";
import type { ClosedLoop, ClosedLoopJob } from "./jobs.ts";

// The client of every candidate: sockets of its own, because node:http would cost more than what it measures.

const REQUEST = Buffer.from("GET /api/v1/resource-00/42 HTTP/1.1\r\nHost: bench\r\nAccept: */*\r\n\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** How long an answer is. They are all the same, but for figures of a fixed width. */
async function answerBytes(port: number): Promise<number> {
  const socket = await open(port);
  socket.write(REQUEST);
  let seen = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    seen = Buffer.concat([seen, chunk]);
    const head = seen.indexOf(HEAD_END);
    if (head < 0) continue;
    const text = seen.toString("latin1", 0, head);
    if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`the answer is ${text}`);
    const length = Number(/\ncontent-length: *(\d+)/i.exec(text)?.[1]);
    if (Number.isNaN(length)) throw new Error(`the answer has no Content-Length: ${text}`);
    socket.destroy();
    return head + HEAD_END.length + length;
  }
}

/** One connection until the end; resolves with its latencies. */
function loop(socket: Socket, bytes: number, endMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    let received = 0;
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      socket.write(REQUEST);
    };
    socket.on("data", (chunk) => {
      received += chunk.length;
      if (received < bytes) return;
      if (received > bytes) reject(new Error(`an answer has ${received} bytes, and the first had ${bytes}`));
      received = 0;
      const now = performance.now();
      latencies.push(now - sentMs);
      if (now < endMs) send();
      else resolve(latencies);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("a connection was closed")));
    send();
  });
}

async function closedLoop({ port, connections, seconds }: ClosedLoopJob): Promise<ClosedLoop> {
  const bytes = await answerBytes(port);
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const start = performance.now();
  const all = await Promise.all(sockets.map((socket) => loop(socket, bytes, start + seconds * 1_000)));
  const took = (performance.now() - start) / 1_000;
  for (const socket of sockets) socket.removeAllListeners("close").destroy();
  const sorted = Float64Array.from(all.flat()).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { requests: sorted.length, seconds: took, p50Ms: at(0.5), p99Ms: at(0.99) };
}

serveCalls({ closedLoop });
