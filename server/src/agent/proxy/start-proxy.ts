import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { bind } from "../../net/bind.ts";
import { upstreamAddress } from "./connect.ts";
import { countRequest, type ProxyContext } from "./context.ts";
import { Http1Proxy } from "./http1.ts";
import { Http2Proxy } from "./http2.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { whenKnown } from "./protocol.ts";
import type { RunningProxy } from "./running-proxy.ts";
import { UpgradeProxy } from "./upgrade.ts";
import { UpstreamAgent } from "./upstream-agent.ts";

/** Before its first byte a connection may be silent for so long: browsers open some in advance. */
const SILENT_MS = 60_000;
const HEADERS_MS = 60_000;
/** Longer than what balancers in front are set to (60 s), so that they close first and meet no end of a connection. */
const KEEP_ALIVE_MS = 75_000;
/** What an application accepts is its affair: more than any of the usual limits. */
const MAX_HEADER_BYTES = 65_536;
const MAX_STREAMS = 1_000;
/** Bytes of a request that may be under way to an application that reads slowly, for each stream. */
const WINDOW_BYTES = 262_144;

/**
 * Starts the reverse proxy: one port for HTTP/1.1 and for HTTP/2 with prior knowledge, told apart by the first bytes of a connection
 * (RFC 9113, section 3.4).
 *
 * @throws CountError when it cannot listen.
 */
export async function startProxy(context: ProxyContext): Promise<RunningProxy> {
  const { config, observer } = context;
  const address = upstreamAddress(config.upstream);
  const agent = new UpstreamAgent(address, {
    connectTimeoutMs: config.connectTimeoutMs,
    maxConnections: config.maxUpstreamConnections,
  });
  const sessions = new Http2Sessions(address, config.connectTimeoutMs);
  const http1 = new Http1Proxy(context, agent, address.host);
  const http2 = new Http2Proxy(context, sessions);
  const upgrade = new UpgradeProxy(context, address, (socket) => http1Server.emit("connection", socket));

  const http1Server = createHttpServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      // Uploads may take as long as they take, and a request without Host is the application's to refuse.
      requestTimeout: 0,
      requireHostHeader: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => http1.handle(request, response),
  );
  http1Server.on("checkContinue", (request, response) => http1.handle(request, response, true));
  http1Server.on("checkExpectation", (request, response) => http1.handle(request, response));
  http1Server.on("upgrade", (request, socket, head) => upgrade.handle(request, socket, head));
  http1Server.on("connect", (request, socket: Duplex) => {
    // A reverse proxy leads to one application only.
    observer.request("http1");
    observer.failed(501);
    countRequest(context, "CONNECT", request.url ?? "", undefined);
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  http1Server.on("clientError", (_error, socket: Duplex) => {
    observer.failed(400);
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  // It never listens by itself; this starts its watch over timeouts.
  http1Server.emit("listening");

  const http2Server = createHttp2Server({
    settings: { maxConcurrentStreams: MAX_STREAMS, initialWindowSize: WINDOW_BYTES, enablePush: false },
  });
  const http2Clients = new Set<ServerHttp2Session>();
  http2Server.on("session", (session) => {
    http2Clients.add(session);
    session.on("close", () => http2Clients.delete(session));
    session.on("error", () => undefined);
  });
  http2Server.on("stream", (stream, headers, flags) => http2.handle(stream, headers, flags));
  http2Server.on("sessionError", () => undefined);

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
    whenKnown(socket, SILENT_MS, (protocol) => {
      (protocol === "http2" ? http2Server : http1Server).emit("connection", socket);
    });
  });
  server.maxConnections = config.maxConnections;
  const bound = await bind(server, config.listen);
  // Such as EMFILE on accept: the connection is lost, the proxy is not.
  server.on("error", () => undefined);

  const drain = async (limitMs: number): Promise<boolean> => {
    let drained = true;
    http1.drain();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Closes the connections that are idle; the others close with their response.
    http1Server.close();
    for (const session of http2Clients) session.close();
    const timer = setTimeout(() => {
      drained = sockets.size === 0;
      for (const socket of sockets) socket.destroy();
    }, limitMs);
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    await closed;
    clearTimeout(timer);
    agent.destroy();
    sessions.destroy();
    return drained;
  };
  let draining: Promise<boolean> | undefined;
  return {
    address: bound,
    drain: (limitMs) => {
      draining ??= drain(limitMs);
      return draining;
    },
  };
}
