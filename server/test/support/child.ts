import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";

const hooks = pathToFileURL(join(import.meta.dirname, "typescript-hooks.js")).href;
const register = `data:text/javascript,import{register}from"node:module";register(${JSON.stringify(hooks)})`;

/** A process that runs a TypeScript file of the tests. It writes a line for each thing that it has to tell. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #exit: Promise<unknown>;

  /**
   * @param file - seen from the folder of the tests: `rollup/roll-up-child.ts`.
   * @param options - its only argument, as JSON.
   * @param env - in addition to this process's.
   */
  constructor(file: string, options: object, env: Readonly<Record<string, string>> = {}) {
    this.#process = spawn(
      process.execPath,
      [
        "--import",
        register,
        "--conditions=@count/source",
        join(import.meta.dirname, "..", file),
        JSON.stringify(options),
      ],
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } },
    );
    this.#exit = once(this.#process, "exit");
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The next line, or undefined at the end. */
  async line(): Promise<string | undefined> {
    return (await this.#lines.next()).value;
  }

  /** Ends it as the kernel would; resolves once it is gone. Idempotent. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exit;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
