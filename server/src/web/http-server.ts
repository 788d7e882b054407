import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Address } from "../config/address.ts";
import { bind } from "../net/bind.ts";
import { closeWithin } from "../net/close-within.ts";
import { keepRoom } from "../net/keep-room.ts";
import { json } from "./json.ts";
import type { Answer, Route } from "./route.ts";

/** Probes and scrapers are few and quick: whoever needs more than this is neither. */
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 8_192;
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;

export interface HttpServerOptions {
  readonly address: Address;
  /** By path, without query. */
  readonly routes: ReadonlyMap<string, Route>;
  /** A route that failed; the client gets 500 without the reason. */
  readonly onError: (error: unknown, path: string) => void;
  /** A connection was closed because there were too many. */
  readonly onLimited?: () => void;
}

export interface HttpServer {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** Answers what is under way, for at most `limitMs`, and closes. Idempotent. */
  close(limitMs: number): Promise<void>;
}

/** Starts the HTTP server: GET and HEAD of a few routes. @throws CountError when it cannot listen. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => void respond(request, response, options),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  keepRoom(server, { max: MAX_CONNECTIONS, onLimited: () => options.onLimited?.() });
  const address = await bind(server, options.address);
  // Such as EMFILE on accept: the connection is lost, the server is not.
  server.on("error", (error) => options.onError(error, ""));
  return { address, close: closeWithin(server) };
}

async function respond(request: IncomingMessage, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  // A body is of no use here; unread it would hold up the connection.
  request.resume();
  let answer: Answer;
  const route = options.routes.get(path);
  if (route === undefined) answer = json(404, { error: `there is no ${path} here`, paths: [...options.routes.keys()] });
  else if (request.method !== "GET" && request.method !== "HEAD") {
    answer = {
      ...json(405, { error: `${String(request.method)} is not GET or HEAD` }),
      headers: { Allow: "GET, HEAD" },
    };
  } else {
    try {
      answer = await route();
    } catch (error) {
      options.onError(error, path);
      answer = json(500, { error: "internal error" });
    }
  }
  response.writeHead(answer.status, {
    "Content-Type": answer.type,
    "Content-Length": Buffer.byteLength(answer.body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...answer.headers,
  });
  response.end(request.method === "HEAD" ? undefined : answer.body);
}
