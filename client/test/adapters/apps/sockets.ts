import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { AnyServer } from "../../../src/adapters/node-http.ts";

/** Takes WebSockets at any path, and sends each what it says; of HTTP/2 the CONNECT that is there for them (RFC 8441). */
export function echoWebSockets(server: AnyServer): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("message", (data) => webSocket.send(data));
    });
  });
  if ("updateSettings" in server) {
    server.on("connect", (request: Http2ServerRequest, response: Http2ServerResponse) => {
      response.writeHead(200);
      request.pipe(response.stream);
    });
  }
}
