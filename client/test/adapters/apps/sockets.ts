import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";

/** Takes WebSockets at any path, and sends each what it says. */
export function echoWebSockets(server: Server): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("message", (data) => webSocket.send(data));
    });
  });
}
