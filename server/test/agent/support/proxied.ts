import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { RunningProxy } from "../../../src/agent/proxy/running-proxy.ts";
import { startProxy } from "../../../src/agent/proxy/start-proxy.ts";
import { openPathNamer } from "../../../src/agent/routes/path-namer.ts";
import type { ProxyConfig } from "../../../src/config/agent-config.ts";

/** A proxy in front of an application, both of this process. */
export interface Proxied extends AsyncDisposable {
  readonly proxy: RunningProxy;
  readonly port: number;
  readonly url: string;
  readonly appPort: number;
  /** `GET /path` of each request that was counted. */
  readonly counted: string[];
  /** What the proxy answered by itself. */
  readonly failed: number[];
}

/** @param app listens already, or is a port */
export async function proxied(app: Server | Http2Server | number, config: Partial<ProxyConfig> = {}): Promise<Proxied> {
  const appPort = typeof app === "number" ? app : (app.address() as AddressInfo).port;
  const counted: string[] = [];
  const failed: number[] = [];
  const proxy = await startProxy({
    config: {
      listen: { host: "127.0.0.1", port: 0 },
      upstream: `http://127.0.0.1:${appPort}/`,
      connectTimeoutMs: 5_000,
      responseTimeoutMs: 60_000,
      maxUpstreamConnections: 100,
      maxConnections: 1_000,
      ...config,
    },
    name: openPathNamer({ rulesFile: undefined, openapiFile: undefined }),
    record: (method, path) => counted.push(`${method} ${path}`),
    observer: { request: () => undefined, failed: (status) => failed.push(status) },
    logger: { debug: none, info: none, warn: none, error: none, fatal: none },
  });
  const { port } = proxy.address;
  return {
    proxy,
    port,
    url: `http://127.0.0.1:${port}`,
    appPort,
    counted,
    failed,
    [Symbol.asyncDispose]: async () => {
      await proxy.drain(0);
      if (typeof app === "number" || !app.listening) return;
      if ("closeAllConnections" in app) app.closeAllConnections();
      app.close();
    },
  };
}

function none(): void {
  // Nobody reads it.
}

export async function http1App(listener: RequestListener): Promise<Server> {
  const app = createHttpServer({ requireHostHeader: false }, listener).listen(0, "127.0.0.1");
  await once(app, "listening");
  return app;
}

/** @param port default: one of the system's choice */
export async function http2App(
  listener: (stream: ServerHttp2Stream, headers: Readonly<Record<string, string>>) => void,
  port = 0,
): Promise<Http2Server> {
  const app = createHttp2Server().listen(port, "127.0.0.1");
  app.on("stream", (stream, headers) => {
    stream.on("error", none);
    listener(stream, headers as unknown as Record<string, string>);
  });
  await once(app, "listening");
  return app;
}

/** Sends bytes as they are, and resolves with all that comes back until the other side closes. */
export async function rawly(port: number, ...parts: readonly string[]): Promise<string> {
  const socket = await rawSocket(port);
  for (const part of parts) socket.write(part, "latin1");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

export async function rawSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** Reads until the text is there. */
export async function reads(socket: Socket, text: string): Promise<string> {
  let seen = "";
  while (!seen.includes(text)) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) seen += chunk.toString("latin1");
    else await once(socket, "readable");
  }
  return seen;
}
