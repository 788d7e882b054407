import { Client, connectivityState, Metadata, status } from "@grpc/grpc-js";
import { addCall } from "./add-call.ts";
import { ConnectingSockets } from "./connecting-sockets.ts";
import { channelCredentials, type Tls } from "./credentials.ts";
import { recordCall } from "./record-call.ts";
import { grpcTarget } from "./target.ts";
import type { CallStatus, RecordCall, RecordEvents, Transport } from "./transport.ts";
import { UnrefCredentials } from "./unref-credentials.ts";

export interface GrpcTransportOptions {
  /** `host:port`, or a gRPC name. */
  readonly target: string;
  readonly tls: Tls;
  /** Sent as `authorization: Bearer …` with every call; a function is asked for every call. Default: none. */
  readonly token?: string | (() => string);
  /** Default true: a proxy that the environment names is used. */
  readonly httpProxy?: boolean;
  /** How long making a connection may take, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/**
 * count.v1 over grpc-js: one channel, round robin over the addresses that its target resolves to.
 *
 * A call starts when the channel is ready, because a call that waits for a connection would hold the event loop. A channel
 * that found no server is thrown away, so that the next attempt resolves the name again and waits as long as the sender's
 * backoff says, not as long as grpc-js's. What may still hold the loop of a process that is otherwise finished is a connection that is being
 * made, for `connectTimeoutMs`, and a name that is being resolved, for as long as the operating system tries.
 */
export class GrpcTransport implements Transport {
  readonly #options: GrpcTransportOptions;
  readonly #target: string;
  readonly #connecting: ConnectingSockets;
  #client: Client | undefined;

  /** @throws CountClientError `invalid` when target or tls are. */
  constructor(options: GrpcTransportOptions) {
    this.#options = options;
    this.#target = grpcTarget(options.target);
    this.#connecting = new ConnectingSockets(options.connectTimeoutMs);
    // Faults of the files are told at once, to whoever made the counter.
    channelCredentials(options.tls);
  }

  record(events: RecordEvents): RecordCall {
    let call: RecordCall | undefined;
    let isCancelled = false;
    this.#whenReady(
      () => isCancelled,
      (problem) => {
        if (isCancelled) return;
        if (problem !== undefined) {
          isCancelled = true;
          events.onEnd(problem);
          return;
        }
        try {
          call = recordCall(this.#open(), this.#metadata(), events);
        } catch (error) {
          isCancelled = true;
          events.onEnd(toStatus(error));
          return;
        }
        events.onOpen();
      },
    );
    return {
      write: (request) => call?.write(request) ?? false,
      end: () => call?.end(),
      cancel: () => {
        isCancelled = true;
        call?.cancel();
      },
    };
  }

  add(requests: Iterable<Buffer>, signal: AbortSignal): Promise<CallStatus> {
    return new Promise((resolve) => {
      this.#whenReady(
        () => signal.aborted,
        (problem) => {
          if (signal.aborted) resolve({ code: status.CANCELLED, details: "the client is closing" });
          else if (problem !== undefined) resolve(problem);
          else {
            try {
              resolve(addCall(this.#open(), this.#metadata(), requests, signal));
            } catch (error) {
              resolve(toStatus(error));
            }
          }
        },
      );
    });
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#connecting.destroy();
  }

  /** Waits until the channel is ready (no problem), or has failed, or `isOver`. Calls back once, never synchronously. */
  #whenReady(isOver: () => boolean, callback: (problem?: CallStatus) => void): void {
    let client: Client;
    try {
      client = this.#open();
    } catch (error) {
      setImmediate(callback, toStatus(error));
      return;
    }
    const channel = client.getChannel();
    const { connectTimeoutMs } = this.#options;
    let isDone = false;
    const finish = (problem?: CallStatus): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      // Not from inside the channel's own callback: it may be closed here.
      setImmediate(() => {
        if (problem !== undefined) this.#discard(client);
        callback(problem);
      });
    };
    const timer = setTimeout(() => {
      finish({ code: status.UNAVAILABLE, details: `no connection to ${this.#target} within ${connectTimeoutMs} ms` });
    }, connectTimeoutMs).unref();
    const look = (): void => {
      if (isDone) return;
      const state = isOver() ? connectivityState.SHUTDOWN : stateOf(channel);
      if (state === connectivityState.READY) finish();
      else if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) {
        finish({ code: status.UNAVAILABLE, details: `no connection to ${this.#target}` });
      } else channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, look);
    };
    look();
  }

  #open(): Client {
    this.#client ??= new Client(
      this.#target,
      new UnrefCredentials(channelCredentials(this.#options.tls), this.#connecting),
      {
        "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
        // A service config from DNS could say otherwise, and asking for it costs a query.
        "grpc.service_config_disable_resolution": 1,
        // The sockets of this channel are unref'd; nobody else may get them.
        "grpc.use_local_subchannel_pool": 1,
        // Sending again is the sender's job, which knows what was acknowledged.
        "grpc.enable_retries": 0,
        // grpc-js keeps what it has sent all the same, and goes through all of it at each message.
        "grpc.per_rpc_retry_buffer_size": 16_384,
        "grpc.enable_channelz": 0,
        ...(this.#options.httpProxy === false ? { "grpc.enable_http_proxy": 0 } : {}),
        "grpc.keepalive_time_ms": 60_000,
        "grpc.keepalive_timeout_ms": 10_000,
        "grpc.initial_reconnect_backoff_ms": 500,
        "grpc.max_reconnect_backoff_ms": 10_000,
      },
    );
    return this.#client;
  }

  #discard(client: Client): void {
    client.close();
    if (this.#client === client) this.#client = undefined;
    this.#connecting.destroy();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    const { token } = this.#options;
    if (token !== undefined) metadata.set("authorization", `Bearer ${typeof token === "function" ? token() : token}`);
    return metadata;
  }
}

/** What a host's token function throws, and certificates that cannot be read just now, must not end the host. */
function toStatus(error: unknown): CallStatus {
  return { code: status.UNAVAILABLE, details: error instanceof Error ? error.message : String(error) };
}

function stateOf(channel: ReturnType<Client["getChannel"]>): connectivityState {
  try {
    return channel.getConnectivityState(true);
  } catch {
    return connectivityState.SHUTDOWN;
  }
}
