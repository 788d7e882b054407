import type { EventEmitter } from "node:events";
import type { AddressInfo } from "node:net";
import type { AnyServer, Counting, CountOptions } from "../../../src/adapters/node-http.ts";
import type { Serving } from "./serving.ts";

/** What the handlers of every app tell the test, and wait for. */
export interface Hooks {
  /** `begun` when a handler that does not answer by itself has begun. */
  readonly events: EventEmitter;
  /** What `/held` waits for. */
  readonly released: () => Promise<void>;
}

/** An app of one framework, listening on a port of the system's choice. */
export interface RunningApp {
  readonly serving: Serving;
  readonly server: AnyServer;
  /** Undefined: the app runs without an adapter. */
  readonly counting: Counting | undefined;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The same app in one framework: see conformance.test.ts for its routes.
 *
 * @param options Undefined: without an adapter.
 */
export type StartApp = (options: CountOptions | undefined, hooks: Hooks) => Promise<RunningApp>;

export async function listening(server: AnyServer): Promise<number> {
  if (!server.listening) {
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
  }
  return (server.address() as AddressInfo).port;
}

/** Ends every connection and the server. */
export async function closed(server: AnyServer): Promise<void> {
  const done = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if ("closeAllConnections" in server) server.closeAllConnections();
  await done;
}
