import { connect, createServer, type Server, type Socket } from "node:net";
import { Link } from "./link.ts";

/**
 * A TCP proxy that breaks connections in the ways that networks do. Swallowing bytes of a stream breaks the stream for good, so
 * whoever swallows should cut some time later, as a network that fell silent does in the end.
 */
export class BreakingProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #port = 0;
  /** The most milliseconds that a chunk is held back. */
  maxDelayMs = 0;
  /** What the server sends does not arrive. */
  swallowsAnswers = false;
  /** Nothing arrives anywhere, until it is over. */
  isSilent = false;

  private constructor(targetPort: () => number) {
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near, targetPort()));
  }

  /** @param targetPort asked at every connection, on 127.0.0.1 */
  static async start(targetPort: () => number): Promise<BreakingProxy> {
    const proxy = new BreakingProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    proxy.#port = typeof address === "object" && address !== null ? address.port : 0;
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Resets every connection on both sides. */
  cut(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /** Ends every connection towards one side in good order, and leaves the other half open. */
  halfClose(side: "client" | "server"): void {
    for (const link of this.#links) (side === "client" ? link.near : link.far).end();
  }

  /** Lets everything pass; what was held back while it was silent arrives now. */
  heal(): void {
    this.maxDelayMs = 0;
    this.swallowsAnswers = false;
    this.isSilent = false;
    for (const link of this.#links) link.flush();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #accept(near: Socket, port: number): void {
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const link = new Link(near, far, this, () => this.#links.delete(link));
    this.#links.add(link);
  }
}
