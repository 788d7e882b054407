import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** More than its queue of connections takes. */
const FILLERS = 8;

/** A server that never accepts: its process sleeps. */
const SLEEPER = `
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, server.address().port + "\\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/**
 * An address that does not even refuse connections, as that of a machine that is gone: its queue of connections is full, so the
 * system drops what comes.
 */
export class BlackHole implements Disposable {
  readonly target: string;
  readonly #end: () => void;

  private constructor(port: number, end: () => void) {
    this.target = `127.0.0.1:${port}`;
    this.#end = end;
  }

  static async open(): Promise<BlackHole> {
    const child = spawn(process.execPath, ["--eval", SLEEPER], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const port = Number(line.toString());
    const sockets: Socket[] = [];
    const end = (): void => {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
    };
    for (let at = 0; at < FILLERS; at++) sockets.push(connect(port, "127.0.0.1").on("error", () => undefined));
    await once(sockets[0]!, "connect");
    return new BlackHole(port, end);
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}
