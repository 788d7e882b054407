import { connect, createServer, type Server, type Socket } from "node:net";

/** A port that nobody listens on until it is opened; then it leads to the server. */
export class Door {
  readonly #address: string;
  readonly #port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(port: number, target: string) {
    const colon = target.lastIndexOf(":");
    this.#port = port;
    this.#address = `127.0.0.1:${port}`;
    this.#target = { host: target.slice(0, colon), port: Number(target.slice(colon + 1)) };
  }

  static async make(target: string): Promise<Door> {
    const server = createServer();
    const port = await listen(server, 0);
    await new Promise((resolve) => server.close(resolve));
    return new Door(port, target);
  }

  get address(): string {
    return this.#address;
  }

  async open(): Promise<void> {
    this.#server = createServer((inner) => {
      const outer = connect(this.#target);
      for (const socket of [inner, outer]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          inner.destroy();
          outer.destroy();
        });
      }
      inner.pipe(outer).pipe(inner);
    });
    await listen(this.#server, this.#port);
  }

  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
  });
}
