import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { WebSocket } from "ws";

/** What a client sees of a response, without what differs from one moment to the next. */
export interface Seen {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Sends a request on a connection that stays, and reads the response. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  async send(method: string, path: string): Promise<Seen> {
    const call = request({ host: "127.0.0.1", port: this.port, agent: this.#agent, method, path });
    call.end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const body = await text(response);
    const headers = response.rawHeaders.filter((_value, at, all) => all[at - (at % 2)]?.toLowerCase() !== "date");
    return { status: response.statusCode ?? 0, headers, body };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A connection on which bytes are sent as they are. */
export async function rawSocket(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
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

/** Opens a WebSocket, says something, hears it back, and closes. */
export async function talk(port: number, path: string): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  await once(socket, "open");
  socket.send("hello");
  const [heard] = (await once(socket, "message")) as [Buffer];
  socket.close();
  await once(socket, "close");
  return String(heard);
}
