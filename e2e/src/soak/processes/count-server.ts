import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface CountServerOptions {
  readonly dbUrl: string;
  /** Beyond those that every server of the soak has. */
  readonly flags?: readonly string[];
  /** Arguments of node itself. */
  readonly nodeFlags?: readonly string[];
}

const BIN = fileURLToPath(new URL("../../../../server/bin/count.js", import.meta.url));
const LAST_LINES = 30;
/** Long enough for a database that is just recovering. */
const START_LIMIT_MS = 120_000;
/** Paths of clients may have 256 bytes, so some are refused. */
const COMMON_FLAGS = [
  "--migrate",
  "--log-format",
  "json",
  "--http-address",
  "127.0.0.1:0",
  "--web-address",
  "off",
  "--max-path-bytes",
  "100",
];

/**
 * `count serve` as a process of its own, on one port for as long as it is restarted.
 *
 * stopped ⇄ running: {@link start} and {@link stop}.
 */
export class CountServer {
  readonly #options: CountServerOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #port = 0;

  constructor(options: CountServerOptions) {
    this.#options = options;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** The end of its log, for somebody who looks for a fault. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves once it is ready. @throws Error with the end of its log */
  async start(): Promise<void> {
    const { dbUrl, flags = [], nodeFlags = [] } = this.#options;
    const args = [...nodeFlags, BIN, "serve", "--grpc-address", this.address, ...COMMON_FLAGS, ...flags];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, DB_URL: dbUrl },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C must not reach it: it is stopped when nobody uses it.
      detached: true,
    });
    this.#child = child;
    const note = (line: string): void => {
      this.#lines.push(line);
      if (this.#lines.length > LAST_LINES) this.#lines.shift();
    };
    createInterface({ input: child.stderr }).on("line", note);
    let limit: NodeJS.Timeout | undefined;
    const started = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        note(line);
        const { msg, grpc } = JSON.parse(line) as { msg?: string; grpc?: string };
        if (msg !== "Count is ready" || grpc === undefined) return;
        this.#port = Number(grpc.slice(grpc.lastIndexOf(":") + 1));
        resolve();
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        reject(new Error(`count serve ended with ${signal ?? code ?? "nothing"}:\n${this.#lines.join("\n")}`));
      });
      limit = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`count serve was not ready within ${START_LIMIT_MS} ms:\n${this.#lines.join("\n")}`));
      }, START_LIMIT_MS);
    });
    await started.finally(() => clearTimeout(limit));
  }

  /** Ends it and waits for that. SIGKILL, or SIGINT, which drains. Idempotent. */
  async stop(signal: "SIGKILL" | "SIGINT"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}
