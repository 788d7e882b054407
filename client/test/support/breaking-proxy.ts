import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy that breaks connections in the ways that networks do. */
export class BreakingProxy {
  /** Milliseconds that every chunk is held back. */
  delayMs = 0;
  /** Drops what the server sends, so that requests arrive and answers do not. */
  swallowAnswers = false;
  /** Connections so far. */
  connections = 0;
  readonly #server: Server;
  readonly #pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  #port = 0;

  private constructor(targetPort: () => number) {
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      this.connections++;
      const far = connect({ port: targetPort(), host: "127.0.0.1", allowHalfOpen: true });
      const pair = { near, far };
      this.#pairs.add(pair);
      const pipe = (from: Socket, to: Socket, isAnswer: boolean): void => {
        from.on("data", (chunk: Buffer) => {
          if (isAnswer && this.swallowAnswers) return;
          if (this.delayMs === 0) to.write(chunk);
          else setTimeout(() => to.write(chunk), this.delayMs);
        });
        from.on("end", () => to.end());
        from.on("error", () => undefined);
        from.on("close", () => {
          to.destroy();
          this.#pairs.delete(pair);
        });
      };
      pipe(near, far, false);
      pipe(far, near, true);
    });
  }

  static async start(targetPort: () => number): Promise<BreakingProxy> {
    const proxy = new BreakingProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.#port = (proxy.#server.address() as { port: number }).port;
    return proxy;
  }

  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Resets every connection. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Ends every connection towards the client, and leaves the other half open. */
  halfClose(): void {
    for (const { near } of this.#pairs) near.end();
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
