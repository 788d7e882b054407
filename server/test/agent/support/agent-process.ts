import { type ChildProcessByStdio, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../../bin/count.js", import.meta.url));

type LogRecord = Readonly<Record<string, unknown>>;

/** `count agent` as a process of its own, from what was compiled (npm test compiles first). */
export class AgentProcess extends EventEmitter implements AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly records: LogRecord[] = [];
  stderr = "";
  readonly #exit: Promise<number | null>;

  /** Ports are free ones unless `flags` say otherwise. */
  constructor(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    super();
    const ports = ["--listen", "127.0.0.1:0", "--http-address", "127.0.0.1:0"];
    this.child = spawn(process.execPath, [PROGRAM, "agent", ...ports, ...flags], {
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
  async says(message: string): Promise<LogRecord> {
    for (;;) {
      const found = this.records.find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`count agent ended without "${message}": ${this.stderr}${JSON.stringify(this.records)}`);
      }
      await once(this, "record");
    }
  }

  /** Where it is, once it is ready. */
  async ready(): Promise<{ listen: string; http: string; proxy: string }> {
    const record = await this.says("Count agent is ready");
    return {
      listen: String(record["listen"]),
      http: `http://${String(record["http"])}`,
      proxy: `http://${String(record["proxy"])}`,
    };
  }

  /** The exit code; null when it was killed. */
  exited(): Promise<number | null> {
    return this.#exit;
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.#exit;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exit;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
