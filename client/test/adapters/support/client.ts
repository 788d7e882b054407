import { once } from "node:events";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { type Broken, type BrokenAt, reads, type Seen, type Wire } from "./wire.ts";

const HOST = "127.0.0.1";

/** What is sent of a request before it is broken off. */
const BYTES: Readonly<Record<BrokenAt, (path: string) => string>> = {
  request: (path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`,
  body: (path) =>
    `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nhalf`,
  answer: (path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`,
};

/** HTTP/1.1, on a connection that is kept, and on others where one is broken off or taken over. */
export class Client implements Wire {
  readonly #port: number;
  readonly #isSecure: boolean;
  readonly #agent: HttpAgent;

  constructor(port: number, isSecure = false) {
    this.#port = port;
    this.#isSecure = isSecure;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = isSecure ? new HttpsAgent({ ...options, rejectUnauthorized: false }) : new HttpAgent(options);
  }

  async send(method: string, path: string): Promise<Seen> {
    const request = this.#isSecure ? httpsRequest : httpRequest;
    const call = request({ host: HOST, port: this.#port, agent: this.#agent, method, path });
    call.end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const body = await text(response);
    const headers = response.rawHeaders.filter((_value, at, all) => all[at - (at % 2)]?.toLowerCase() !== "date");
    return { status: response.statusCode ?? 0, headers, body };
  }

  /** Several requests in one write, which are answered in order. */
  async sendTogether(path: string, times: number): Promise<void> {
    const socket = await this.#socket(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(times));
    await readUntil(socket, (read) => read.split("HTTP/1.1 200").length > times);
    socket.destroy();
  }

  async begin(at: BrokenAt, path: string): Promise<Broken> {
    const socket = await this.#socket(BYTES[at](path));
    return {
      reads: (part) => reads(socket, part),
      hangUp: () => {
        // Only TCP can be reset.
        if (this.#isSecure) socket.destroy();
        else socket.resetAndDestroy();
      },
    };
  }

  async talk(path: string): Promise<string> {
    const url = `${this.#isSecure ? "wss" : "ws"}://${HOST}:${this.#port}${path}`;
    const socket = new WebSocket(url, { rejectUnauthorized: false });
    await once(socket, "open");
    socket.send("hello");
    const [heard] = (await once(socket, "message")) as [Buffer];
    socket.close();
    await once(socket, "close");
    return String(heard);
  }

  close(): void {
    this.#agent.destroy();
  }

  #socket(bytes: string): Promise<Socket> {
    return this.#isSecure ? rawTlsSocket(this.#port, bytes) : rawSocket(this.#port, bytes);
  }
}

/** {@link Wire.talk} on a port. */
export function talk(port: number, path: string): Promise<string> {
  return new Client(port).talk(path);
}

/** A connection on which bytes are sent as they are. */
export async function rawSocket(port: number, bytes: string): Promise<Socket> {
  const socket = connectTcp(port, HOST);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(bytes);
  return socket;
}

async function rawTlsSocket(port: number, bytes: string): Promise<Socket> {
  const socket = connectTls({ port, host: HOST, rejectUnauthorized: false });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  socket.write(bytes);
  return socket;
}

/** Everything that a connection brings until `is` so. */
export async function readUntil(socket: Socket, is: (text: string) => boolean): Promise<string> {
  let read = "";
  for await (const chunk of socket) {
    read += String(chunk);
    if (is(read)) break;
  }
  return read;
}
