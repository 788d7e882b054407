import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Address } from "../config/address.ts";
import { bind } from "../net/bind.ts";
import { closeWithin } from "../net/close-within.ts";
import { keepRoom } from "../net/keep-room.ts";
import type { Credentials } from "../rpc/credentials.ts";

/** A browser opens six, and a proxy in front some dozens. */
const MAX_CONNECTIONS = 2_000;
const MAX_HEADER_BYTES = 16_384;
/** For the headers, and for a whole request with its body: whoever is slower than this is not waiting for an answer. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
/** Without a byte in either direction. Longer than a query may take. */
const IDLE_MS = 90_000;
const KEEP_ALIVE_MS = 15_000;
const HANDSHAKE_MS = 20_000;

export interface SiteListener {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** Answers what is under way, for at most `limitMs`, and closes. Idempotent. */
  close(limitMs: number): Promise<void>;
}

export interface SiteListenerOptions {
  readonly address: Address;
  /** Undefined: plain text. */
  readonly credentials: Credentials | undefined;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Such as EMFILE on accept: a connection is lost, the server is not. */
  readonly onError: (error: unknown) => void;
  /** A connection was closed because there were too many. */
  readonly onLimited: () => void;
}

/** HTTP/1.1, or HTTPS with the certificate of gRPC, which changes with its files. @throws CountError as {@link bind} */
export async function listenForSite(options: SiteListenerOptions): Promise<SiteListener> {
  const server = serverOf(options.credentials, (request, response) => options.handle(request, response));
  keepRoom(server, { max: MAX_CONNECTIONS, onLimited: options.onLimited });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = IDLE_MS;
  const address = await bind(server, options.address);
  server.on("error", options.onError);
  // What is no HTTP, or too much of it: Node.js has an answer for each case, 431 for headers that are too large.
  return { address, close: closeWithin(server) };
}

function serverOf(credentials: Credentials | undefined, handle: RequestListener): Server {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
  };
  if (credentials === undefined) return createServer(limits, handle);
  const server = createTlsServer(
    {
      ...limits,
      ...credentials.context,
      minVersion: "TLSv1.2",
      requestCert: credentials.mutual,
      rejectUnauthorized: credentials.mutual,
      handshakeTimeout: HANDSHAKE_MS,
    },
    handle,
  );
  credentials.watch((context) => server.setSecureContext(context));
  server.on("tlsClientError", () => undefined);
  return server;
}
