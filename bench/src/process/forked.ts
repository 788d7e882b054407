import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Releases } from "../run/releases.ts";
import type { AnswerMessage, CallMessage } from "./messages.ts";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of the bench's own that answers calls (`serveCalls`). */
export class Forked {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /**
   * @param entry its main module, relative to `src`
   * @param nodeFlags of its Node.js, such as `--expose-gc`
   */
  constructor(name: string, entry: string, releases: Releases, nodeFlags: readonly string[] = []) {
    this.#name = name;
    const file = fileURLToPath(new URL(`../${entry}`, import.meta.url));
    // "advanced": a Buffer stays one.
    this.#child = fork(file, [], {
      execArgv: [...nodeFlags],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#exited = once(this.#child, "exit");
    releases.add(() => this.end());
    this.#child.on("message", (message) => this.#answered(message as AnswerMessage));
    this.#child.on("exit", (code, signal) => {
      const error = new Error(`the process ${name} ended (${signal ?? `exit code ${code ?? "unknown"}`})`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends the process. It is ended at the end of the bench otherwise. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }

  /** @throws Error what the handler threw, or that the process ended */
  call<Result>(name: string, argument?: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) {
        reject(new Error(`the process ${this.#name} has ended`));
        return;
      }
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve: resolve as (result: unknown) => void, reject });
      this.#child.send({ id: this.#lastId, name, argument } satisfies CallMessage);
    });
  }

  #answered({ id, result, error }: AnswerMessage): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`${this.#name}: ${error}`));
  }
}
