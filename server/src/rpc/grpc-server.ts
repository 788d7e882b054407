import { Server, ServerCredentials, type ServerInterceptor, type ServerOptions } from "@grpc/grpc-js";
import type { Address } from "../config/address.ts";
import type { Place } from "../config/agent-settings.ts";
import type { ConnectionLimits } from "../net/limit-connections.ts";
import { affordableConnections } from "../net/open-files.ts";
import { clientAddress } from "./client-address.ts";
import type { OnLimited } from "./client-limits.ts";
import type { Credentials } from "./credentials.ts";
import type { GrpcService } from "./grpc-service.ts";
import { listen } from "./listener.ts";
import { rapidResets } from "./rapid-resets.ts";

/** Calls at once on one connection; a client waits with more, or opens another connection. */
const MAX_CONCURRENT_STREAMS = 1_000;
const MAX_CONNECTIONS = 20_000;
/** A peer that vanished without a word is found out after these two together. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

export interface GrpcServerOptions<Where extends Place = Address> {
  readonly address: Where;
  /** Undefined: plain text. */
  readonly credentials?: Credentials | undefined;
  readonly services: readonly GrpcService[];
  /** Size of a received message, decompressed, in bytes. Default 4 MiB. A call with a larger one ends with RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes?: number;
  /** Connections at a time; more are closed at once. Default 20,000, and never more than the process may have files open. */
  readonly maxConnections?: number;
  /** The same of one address. Default Infinity. */
  readonly maxConnectionsPerClient?: number;
  /** Told of each connection that was closed because of these, or because its calls were reset one after the other. */
  readonly onLimited?: OnLimited;
  /** Age in milliseconds at which a connection takes no more calls. Default Infinity. */
  readonly maxConnectionAgeMs?: number;
  /** Milliseconds after which the calls that go on after that are cut off. Default Infinity. */
  readonly maxConnectionAgeGraceMs?: number;
  readonly interceptors?: readonly ServerInterceptor[];
}

export interface GrpcServer<Where extends Place = Address> {
  /** Where it listens, with the real port. */
  readonly address: Where;
  /** Adds a service, in the place of one that has the same methods if there is one. */
  add(service: GrpcService): void;
  /**
   * Refuses new connections and calls (GOAWAY), and waits for the calls that are under way; after `limitMs` it cuts them
   * off. Idempotent: later callers get the same promise.
   *
   * @returns false when calls were cut off.
   */
  drain(limitMs: number): Promise<boolean>;
  /** Cuts off whatever there is. */
  close(): Promise<void>;
}

/** Starts a gRPC server. @throws CountError when it cannot listen; see {@link listen}. */
export async function startGrpcServer<Where extends Place>(
  options: GrpcServerOptions<Where>,
): Promise<GrpcServer<Where>> {
  const resets = rapidResets((peer) => {
    // Others of its calls that were under way are given up with it, and tell of it once more.
    if (listener.cut(peer)) options.onLimited?.("resets_per_second");
  });
  const server = new Server(serverOptions({ ...options, interceptors: [resets, ...(options.interceptors ?? [])] }));
  const services = new Set<GrpcService>();
  const add = (service: GrpcService) => {
    services.add(service);
    server.removeService(service.definition);
    server.addService(service.definition, service.implementation);
  };
  options.services.forEach(add);
  // The listener has taken TLS off by then.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = await listen(options.address, {
    credentials: options.credentials,
    handOn: (socket) => injector.injectConnection(socket),
    limits: connectionLimits(options),
  });
  let draining: Promise<boolean> | undefined;

  const drain = async (limitMs: number): Promise<boolean> => {
    listener.stop();
    for (const service of services) service.end?.();
    let drained = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        drained = false;
        listener.cut();
      }, limitMs);
      server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    // Sessions are over, but a peer can keep its half of the connection open.
    listener.cut();
    return drained;
  };
  const drainOnce = (limitMs: number): Promise<boolean> => {
    draining ??= drain(limitMs);
    return draining;
  };
  return {
    address: listener.address,
    add,
    drain: drainOnce,
    close: async () => {
      listener.stop();
      listener.cut();
      await drainOnce(0);
    },
  };
}

function connectionLimits(options: GrpcServerOptions<Place>): ConnectionLimits {
  const { maxConnections = MAX_CONNECTIONS, maxConnectionsPerClient = Number.POSITIVE_INFINITY, onLimited } = options;
  return {
    max: affordableConnections(maxConnections),
    maxPerClient: maxConnectionsPerClient,
    clientOf: clientAddress,
    onLimited: (limit) => onLimited?.(limit),
  };
}

function serverOptions(options: GrpcServerOptions<Place>): ServerOptions {
  const { maxMessageBytes = 4_194_304, maxConnectionAgeMs, maxConnectionAgeGraceMs, interceptors } = options;
  return {
    // Its counters cost on every message, and nobody asks for them.
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_concurrent_streams": MAX_CONCURRENT_STREAMS,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    ...limited("grpc.max_connection_age_ms", maxConnectionAgeMs),
    ...limited("grpc.max_connection_age_grace_ms", maxConnectionAgeGraceMs),
    ...(interceptors === undefined ? {} : { interceptors: [...interceptors] }),
  };
}

/** grpc-js has no word for "unlimited" other than leaving the option out. */
function limited(name: keyof ServerOptions, ms: number | undefined): ServerOptions {
  return ms === undefined || !Number.isFinite(ms) ? {} : { [name]: ms };
}
