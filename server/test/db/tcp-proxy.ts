import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a database, and loses connections or falls silent when told to. */
export class TcpProxy implements AsyncDisposable {
  /** Of the database, by way of this proxy. */
  readonly url: string;
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    const url = new URL(target);
    url.hostname = "127.0.0.1";
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on("connection", (client: Socket) => this.#join(client));
  }

  /** @param port default: any free one */
  static async before(databaseUrl: string, port = 0): Promise<TcpProxy> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    return new TcpProxy(server, new URL(databaseUrl));
  }

  /** Passes nothing on any more, without closing anything; new connections get no answer either. */
  fallSilent(): void {
    this.#silent = true;
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket): void {
    const upstream = connect(Number(this.#target.port || 5432), this.#target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (chunk) => {
        if (!this.#silent) to.write(chunk);
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
