import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** How an answer ends once a statement is committed: ReadyForQuery, idle. */
const READY = Buffer.from("5a0000000549", "hex");

/**
 * Stands between a client and a database, and cuts the connection at the worst moment: when the database has committed a
 * statement and the client has not heard of it.
 */
export class CuttingProxy implements AsyncDisposable {
  /** Of the database, by way of this proxy. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #statement = "";
  #toCut = 0;

  private constructor(server: Server, database: URL) {
    this.#server = server;
    const url = new URL(database);
    url.hostname = "127.0.0.1";
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on("connection", (client: Socket) => this.#join(client, database));
  }

  static async before(databaseUrl: string): Promise<CuttingProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttingProxy(server, new URL(databaseUrl));
  }

  /** Answers that are still to be swallowed, without those whose statements have passed. */
  get toCut(): number {
    return this.#toCut;
  }

  /** Swallows the next answers of a prepared statement, and cuts the connection each time. */
  cutAnswersOf(statement: string, times: number): void {
    this.#statement = `${statement}\0`;
    this.#toCut = times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket, { hostname, port }: URL): void {
    const upstream = connect(Number(port || 5432), hostname);
    let answer: Buffer | undefined;
    client.on("data", (chunk) => {
      if (answer === undefined && this.#toCut > 0 && chunk.includes(this.#statement)) {
        answer = Buffer.alloc(0);
        // Here and not when it is cut: meanwhile another connection may ask.
        this.#toCut--;
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (answer === undefined) {
        client.write(chunk);
        return;
      }
      answer = Buffer.concat([answer, chunk]);
      if (!answer.subarray(-READY.length).equals(READY)) return;
      client.destroy();
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
