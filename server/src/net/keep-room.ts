import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface RoomOptions {
  /** Connections at a time. */
  readonly max: number;
  /** Told of each connection that was closed because there were too many. */
  readonly onLimited: () => void;
}

/**
 * Keeps an HTTP server at so many connections. For one more the connection is closed that has been idle for longest, without a
 * request that is being answered: whoever opens connections and says nothing, or too little, keeps nobody out. Where none is idle
 * the new one is closed. Must be called before the server listens.
 */
export function keepRoom(server: Server, { max, onLimited }: RoomOptions): void {
  /** Idle ones, the longest first. By their other side: under TLS a connection has two sockets, which share only that. */
  const idle = new Map<string, Socket>();
  const open = new Map<string, Socket>();
  server.prependListener("connection", (socket: Socket) => {
    const name = nameOf(socket);
    if (open.size >= max) {
      onLimited();
      const [longest] = idle;
      if (longest === undefined) {
        socket.destroy();
        return;
      }
      forget(longest[0]);
      longest[1].destroy();
    }
    open.set(name, socket);
    idle.set(name, socket);
    socket.once("close", () => {
      // Its other side may have come back from the same port.
      if (open.get(name) === socket) forget(name);
    });
  });
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const name = nameOf(socket);
    idle.delete(name);
    response.once("close", () => {
      const raw = open.get(name);
      if (raw !== undefined) idle.set(name, raw);
    });
  });
  const forget = (name: string): void => {
    open.delete(name);
    idle.delete(name);
  };
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
