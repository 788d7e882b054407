import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";

export interface HolderEvent {
  readonly event: "ready" | "failed" | "interrupted";
  readonly url: string;
  readonly version: string;
  readonly recovered: boolean;
  readonly log: readonly string[];
  readonly message: string;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A process that runs `holder.ts`. */
export class Holding {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #events: AsyncIterator<string, undefined>;
  readonly #exit: Promise<unknown>;

  /** @param user the one to run as; default ours */
  constructor(program: string, options: Readonly<Record<string, unknown>>, user?: User) {
    // In a process group of its own, as a shell starts what it runs.
    const settings = { detached: true, stdio: "pipe", cwd: "/", ...(user ?? {}) } as const;
    this.child = spawn(process.execPath, [program, JSON.stringify(options)], settings);
    this.child.stderr.pipe(process.stderr);
    this.child.stdin.on("error", () => undefined);
    this.#events = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.#exit = once(this.child, "exit");
  }

  async next(): Promise<HolderEvent> {
    const result = await this.#events.next();
    if (result.done === true) throw new Error("the holder ended");
    return JSON.parse(result.value) as HolderEvent;
  }

  async tell(command: "close" | "exit"): Promise<number | null> {
    this.child.stdin.write(`${command}\n`);
    await this.#exit;
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exit;
  }
}

export async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** The pid of PostgreSQL's first process. */
export async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8"), 10);
}
