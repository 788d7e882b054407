import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Address } from "../config/address.ts";
import type { Place } from "../config/agent-settings.ts";
import { bind } from "../net/bind.ts";
import { bindSocket } from "../net/bind-socket.ts";
import { type ConnectionLimits, limitConnections } from "../net/limit-connections.ts";
import type { Credentials } from "./credentials.ts";
import { whenHttp2 } from "./first-bytes.ts";
import type { Peer } from "./rapid-resets.ts";

/** For the TLS handshake, or for the first bytes without TLS. */
const HANDSHAKE_MS = 20_000;

/** A listening socket that hands on every connection that begins to speak HTTP/2. */
export interface Listener<Where extends Place = Address> {
  readonly address: Where;
  /** Takes no new connection; those that were handed on stay. */
  stop(): void;
  /** Cuts off every connection, or that of one peer. @returns whether there was one */
  cut(peer?: Peer): boolean;
}

export interface ListenOptions {
  /** Undefined: plain text. */
  readonly credentials: Credentials | undefined;
  readonly limits: ConnectionLimits;
  readonly handOn: (socket: Socket) => void;
}

/**
 * The listener is ours and not grpc-js's, because grpc-js tells of a port in use only in prose, drops connections while
 * certificates change, and can end sessions after a limit only with channelz, which costs on every message.
 *
 * @throws CountError as {@link bind} and {@link bindSocket}.
 */
export async function listen<Where extends Place>(
  address: Where,
  { credentials, handOn, limits }: ListenOptions,
): Promise<Listener<Where>> {
  const sockets = new Set<Socket>();
  const handedOn = new WeakSet<Socket>();
  let stopped = false;
  const pass = (socket: Socket) => {
    // A TLS handshake that ends after the server said good-bye to everybody would open a session that nobody drains.
    if (stopped) {
      socket.destroy();
      return;
    }
    handedOn.add(socket);
    handOn(socket);
  };
  const server =
    credentials === undefined
      ? createServer({ noDelay: true }, (socket) => whenHttp2(socket, HANDSHAKE_MS, pass))
      : tlsServer(credentials, pass);
  limitConnections(server, limits);
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  server.on("connection", track);
  server.on("secureConnection", track);
  const bound = {
    ...address,
    ...("path" in address ? await bindSocket(server, address) : await bind(server, address)),
  };
  // Such as EMFILE on accept: the connection is lost, the server is not.
  server.on("error", () => undefined);
  return {
    address: bound,
    stop: () => {
      stopped = true;
      server.close();
      // Under TLS a connection is known twice, and its raw half must live as long as what was handed on.
      if (credentials === undefined) {
        for (const socket of sockets) if (!handedOn.has(socket)) socket.destroy();
      }
    },
    cut: (peer) => {
      const open = [...sockets].filter((one) => !one.destroyed && (peer === undefined || isOf(one, peer)));
      for (const socket of open) socket.destroy();
      return open.length > 0;
    },
  };
}

function isOf({ remoteAddress, remotePort }: Socket, peer: Peer): boolean {
  return remotePort !== undefined && remotePort === peer.remotePort && remoteAddress === peer.remoteAddress;
}

function tlsServer(credentials: Credentials, handOn: (socket: Socket) => void): Server {
  const server = createTlsServer(
    {
      ...credentials.context,
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.2",
      requestCert: credentials.mutual,
      rejectUnauthorized: credentials.mutual,
      handshakeTimeout: HANDSHAKE_MS,
      noDelay: true,
    },
    handOn,
  );
  credentials.watch((context) => server.setSecureContext(context));
  // A client that speaks no TLS, or whose certificate is refused: node closes its connection.
  server.on("tlsClientError", () => undefined);
  return server;
}
