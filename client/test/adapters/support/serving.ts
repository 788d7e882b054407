import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AnyServer } from "../../../src/adapters/node-http.ts";
import { certificate } from "./certificate.ts";
import { Client } from "./client.ts";
import { Http2Wire } from "./http2-wire.ts";
import type { Wire } from "./wire.ts";

/** How an app is served: what makes a server of its listener, and a client that speaks with it. */
export interface Serving {
  readonly create: (listener: RequestListener) => AnyServer;
  readonly wire: (port: number) => Wire;
}

export const HTTP: Serving = {
  create: (listener) => createHttpServer(listener),
  wire: (port) => new Client(port),
};

export const HTTPS: Serving = {
  create: (listener) => createHttpsServer(certificate(), listener),
  wire: (port) => new Client(port, true),
};

/** In plain text, with the CONNECT of RFC 8441 in the place of upgrades. */
export const HTTP2: Serving = {
  create: (listener) => createHttp2Server({ settings: { enableConnectProtocol: true } }, listener as never),
  wire: (port) => new Http2Wire(port),
};
