import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { HttpLoad, HttpLoadJob } from "./web-jobs.ts";

const CONNECTIONS = 32;
const REQUEST =
  "GET /api/v1/resource-00/17 HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\nuser-agent: bench\r\n\r\n";
const SLICE_SECONDS = 0.1;
/** How long answers may be outstanding after a slice, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * Sends requests at a rate, at random moments as independent users do (a Poisson process), whether or not those before were
 * answered. Timers of a millisecond would make bursts, so this takes a processor while it runs.
 *
 * @throws Error when an answer is missing, or is not 200
 */
export async function httpLoad({ ports, rate, seconds }: HttpLoadJob): Promise<HttpLoad[]> {
  const servers = await Promise.all(
    ports.map(async (port) => {
      const answerBytes = await answerLength(port);
      return await Promise.all(Array.from({ length: CONNECTIONS }, () => Wire.open(port, answerBytes)));
    }),
  );
  const requests = Math.round(rate * SLICE_SECONDS);
  const slices = Math.ceil(seconds / SLICE_SECONDS);
  for (let slice = 0; slice < slices; slice += 1) {
    // Each is the first as often as the others.
    for (let nth = 0; nth < servers.length; nth += 1)
      await send(servers[(slice + nth) % servers.length]!, requests, rate);
  }
  return servers.map((wires) => {
    for (const wire of wires) wire.close();
    const latencies = Float64Array.from(wires.flatMap((wire) => wire.latencies)).sort();
    const at = (share: number): number =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!;
    return { requests: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99) };
  });
}

/** A slice: so many requests, and the answers to all of them. */
async function send(wires: readonly Wire[], requests: number, rate: number): Promise<void> {
  let dueMs = performance.now();
  for (let sent = 0; sent < requests; ) {
    for (const now = performance.now(); sent < requests && dueMs <= now; sent += 1) {
      wires[sent % CONNECTIONS]!.send();
      dueMs -= Math.log(1 - Math.random()) * (1_000 / rate);
    }
    await turn();
  }
  const lateMs = performance.now() + ANSWER_LIMIT_MS;
  const outstanding = (): number => wires.reduce((sum, wire) => sum + wire.outstanding, 0);
  while (outstanding() > 0 && performance.now() < lateMs) await turn();
  if (outstanding() > 0) throw new Error(`${outstanding()} HTTP requests were not answered in ${ANSWER_LIMIT_MS} ms`);
}

/**
 * A connection with requests under way, answered in their order: an answer is the next bytes, all answers being equally long.
 * HTTP's own client costs more than the server that is measured.
 */
class Wire {
  readonly latencies: number[] = [];
  readonly #socket: Socket;
  readonly #answerBytes: number;
  readonly #sentAtMs: number[] = [];
  #first = 0;
  #bytes = 0;

  private constructor(socket: Socket, answerBytes: number) {
    this.#socket = socket;
    this.#answerBytes = answerBytes;
    socket.on("data", (chunk) => this.#take(chunk.length));
    socket.on("error", () => undefined);
  }

  static async open(port: number, answerBytes: number): Promise<Wire> {
    return new Wire(await connected(port), answerBytes);
  }

  get outstanding(): number {
    return this.#sentAtMs.length - this.#first;
  }

  send(): void {
    this.#sentAtMs.push(performance.now());
    this.#socket.write(REQUEST);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    const now = performance.now();
    while (this.#bytes >= this.#answerBytes && this.outstanding > 0) {
      this.#bytes -= this.#answerBytes;
      this.latencies.push(now - this.#sentAtMs[this.#first]!);
      this.#first += 1;
    }
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** The length of an answer: headers and the body whose length they tell. `date` is as long at any time. */
async function answerLength(port: number): Promise<number> {
  const socket = await connected(port);
  socket.write(REQUEST);
  const text = await new Promise<string>((resolve, reject) => {
    let all = "";
    socket.on("data", (chunk) => {
      all += chunk.toString("latin1");
      const head = all.indexOf("\r\n\r\n");
      const length = /content-length: ([0-9]+)/i.exec(all)?.[1];
      if (head >= 0 && all.length >= head + 4 + Number(length)) resolve(all);
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`the host ended its answer: ${JSON.stringify(all)}`)));
  });
  socket.destroy();
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`the host answered ${JSON.stringify(text)}`);
  return text.length;
}
