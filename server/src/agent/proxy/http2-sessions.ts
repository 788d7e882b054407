import { type ClientHttp2Session, connect } from "node:http2";
import { connectUpstream, type UpstreamAddress } from "./connect.ts";

/** What a server that does not say is taken to allow (RFC 9113 recommends not less). */
const DEFAULT_STREAMS = 100;
const IDLE_MS = 60_000;
/** Bytes of a response that may be under way to a client that reads slowly. */
const WINDOW_BYTES = 262_144;

/** The HTTP/2 connections to the application: one, and more when it does not take enough streams on one. */
export class Http2Sessions {
  readonly #address: UpstreamAddress;
  readonly #connectTimeoutMs: number;
  readonly #sessions = new Map<ClientHttp2Session, { streams: number }>();

  constructor(address: UpstreamAddress, connectTimeoutMs: number) {
    this.#address = address;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** A session that takes one more stream. `done` must be called when that is over. */
  take(): { readonly session: ClientHttp2Session; readonly done: () => void } {
    for (const [session, use] of this.#sessions) {
      const limit = session.connecting
        ? DEFAULT_STREAMS
        : (session.remoteSettings.maxConcurrentStreams ?? DEFAULT_STREAMS);
      if (!session.closed && !session.destroyed && use.streams < limit) return using(session, use);
    }
    const session = this.#open();
    const use = { streams: 0 };
    this.#sessions.set(session, use);
    session.setTimeout(IDLE_MS, () => {
      if (use.streams === 0) session.close();
    });
    return using(session, use);
  }

  /** Ends what is idle now, and the rest with its last stream. */
  close(): void {
    for (const session of this.#sessions.keys()) session.close();
  }

  destroy(): void {
    for (const session of this.#sessions.keys()) session.destroy();
  }

  #open(): ClientHttp2Session {
    const { host, port } = this.#address;
    const authority = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const session = connect(authority, {
      createConnection: () => connectUpstream(this.#address, this.#connectTimeoutMs),
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    const forget = (): void => {
      this.#sessions.delete(session);
    };
    session.on("goaway", forget);
    session.on("close", forget);
    // Its streams are told as well.
    session.on("error", forget);
    return session;
  }
}

function using(session: ClientHttp2Session, use: { streams: number }) {
  use.streams++;
  let isDone = false;
  const done = (): void => {
    if (isDone) return;
    isDone = true;
    use.streams--;
  };
  return { session, done };
}
