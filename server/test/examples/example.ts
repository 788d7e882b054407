import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));

/** A program of `examples/` as somebody starts it who reads its README, with the port as its argument. */
export class Example implements AsyncDisposable {
  /** What it has said so far, but for where it listens. */
  readonly lines: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #port: Promise<number>;
  readonly #exit: Promise<number | null>;
  #stderr = "";

  /** @param countServer `host:port` */
  constructor(file: string, countServer: string, port = 0) {
    const { PATH } = process.env;
    this.#child = spawn(process.execPath, [`${EXAMPLES}${file}`, String(port)], {
      env: { PATH, COUNT_SERVER: countServer },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#exit = once(this.#child, "close").then(([code]) => code as number | null);
    this.#port = new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const [, address] = /^listening on (\{.*\})$/.exec(line) ?? [];
        if (address === undefined) this.lines.push(line);
        else resolve((JSON.parse(address) as { port: number }).port);
      });
      void this.#exit.then((code) => reject(new Error(`${file} ended with ${code}: ${this.#stderr}`)));
    });
    this.#port.catch(() => undefined);
  }

  /** Where it listens. @throws Error when it ends before it does */
  port(): Promise<number> {
    return this.#port;
  }

  /** Resolves with the exit code and what it wrote to its standard error. */
  async ended(): Promise<{ code: number | null; stderr: string }> {
    return { code: await this.#exit, stderr: this.#stderr };
  }

  /** Stops it as a cluster does. */
  async stop(): Promise<{ code: number | null; stderr: string }> {
    this.#child.kill("SIGTERM");
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }
}
