import { type ChildProcessByStdio, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../bin/count.js", import.meta.url));

type LogRecord = Record<string, unknown>;

/** `count serve` as a process of its own, from what was compiled (npm test compiles first). */
export class ServeChild extends EventEmitter implements AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly records: LogRecord[] = [];
  stderr = "";
  readonly #exit: Promise<number | null>;

  /** The environment is `env` and PATH; ports are free ones unless `flags` say otherwise. */
  constructor(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    super();
    const ports = ["--grpc-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0", "--web-address", "127.0.0.1:0"];
    this.child = spawn(process.execPath, [PROGRAM, "serve", ...ports, ...flags], {
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.records.push(JSON.parse(line) as LogRecord);
      this.emit("record");
    });
    this.#exit = once(this.child, "close").then(([code]) => {
      this.emit("record");
      return code as number | null;
    });
  }

  /** The first record of the log that has that message. @throws when the process ends without it */
  says(message: string): Promise<LogRecord> {
    return this.until(({ msg }) => msg === message);
  }

  /** The first record that is so. @throws when the process ends without it */
  async until(is: (record: LogRecord) => boolean): Promise<LogRecord> {
    for (;;) {
      const found = this.records.find(is);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(
          `count serve ended (${this.child.exitCode ?? "killed"}) without it: ${this.stderr}${JSON.stringify(this.records)}`,
        );
      }
      await once(this, "record");
    }
  }

  /** Where it serves, once it is ready. */
  async ready(): Promise<{ grpc: { host: string; port: number }; http: string; record: LogRecord }> {
    const record = await this.says("Count is ready");
    const port = Number(String(record["grpc"]).split(":")[1]);
    return { grpc: { host: "127.0.0.1", port }, http: `http://${String(record["http"])}`, record };
  }

  /** The exit code; null when it was killed. */
  exited(): Promise<number | null> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exit;
  }
}
