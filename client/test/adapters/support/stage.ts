import { EventEmitter, once } from "node:events";
import type { CountOptions } from "../../../src/adapters/node-http.ts";
import { RecordServer } from "../../support/record-server.ts";
import type { RunningApp, StartApp } from "./app.ts";
import type { Wire } from "./wire.ts";

/** What a test of an adapter needs: a Count server, apps, clients and the handlers' events. It ends them all. */
export class Stage implements AsyncDisposable {
  readonly events = new EventEmitter();
  readonly #cleanups: (() => unknown)[] = [];
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  /** A Count server in memory. */
  async count(): Promise<RecordServer> {
    const server = await RecordServer.start();
    this.onEnd(() => server.kill());
    return server;
  }

  /** An app, and a client that keeps its connection. */
  async app(start: StartApp, options: CountOptions | undefined): Promise<RunningApp & { readonly client: Wire }> {
    const app = await start(options, { events: this.events, released: () => this.#released });
    this.onEnd(() => app.close());
    this.onEnd(() => app.counting?.close({ limitMs: 0 }));
    const client = app.serving.wire(app.port);
    this.onEnd(() => client.close());
    return { ...app, client };
  }

  /** A handler has begun. Call it before the request is sent. */
  async begun(): Promise<void> {
    await once(this.events, "begun");
  }

  /** Lets `/held` answer. */
  release(): void {
    this.#release();
  }

  onEnd(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
