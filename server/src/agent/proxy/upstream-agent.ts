import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import { connectUpstream, type UpstreamAddress } from "./connect.ts";

/**
 * How long a connection to the application may be idle. Servers close idle connections, from 2 s on (gunicorn), and a request
 * that meets the end of its connection is lost; those that can be sent again are.
 */
const IDLE_MS = 1_000;

/** The connections to the application, kept for the next request. */
export class UpstreamAgent extends Agent {
  readonly #address: UpstreamAddress;
  readonly #connectTimeoutMs: number;

  constructor(
    address: UpstreamAddress,
    options: { readonly connectTimeoutMs: number; readonly maxConnections: number },
  ) {
    super({
      keepAlive: true,
      // The last one used is the least likely to be closed by the other side.
      scheduling: "lifo",
      maxSockets: options.maxConnections,
      maxFreeSockets: options.maxConnections,
      timeout: IDLE_MS,
    });
    this.#address = address;
    this.#connectTimeoutMs = options.connectTimeoutMs;
  }

  /** There is one application: whose connection it is need not be worked out for each request. */
  override getName(): string {
    return "application";
  }

  override createConnection(): Duplex {
    return connectUpstream(this.#address, this.#connectTimeoutMs);
  }
}
