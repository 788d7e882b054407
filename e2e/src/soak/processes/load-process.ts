import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadAnswer, LoadCommand, LoadOptions, LoadReport } from "../clients/messages.ts";
import type { Releases } from "../support/releases.ts";

const ENTRY = fileURLToPath(new URL("../clients/load-main.js", import.meta.url));

/** A process of counters, which starts to record at once. */
export class LoadProcess {
  readonly #child: ChildProcess;
  readonly #report: Promise<LoadReport>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#report = new Promise((resolve, reject) => {
      child.on("message", (answer: LoadAnswer) => {
        if ("report" in answer) resolve(answer.report);
      });
      child.once("exit", (code, signal) => {
        reject(new Error(`a client process ended (${signal ?? `exit code ${code ?? "unknown"}`}) without a report`));
      });
    });
    this.#report.catch(() => undefined);
  }

  static async start(options: LoadOptions, releases: Releases): Promise<LoadProcess> {
    const child = fork(ENTRY, [JSON.stringify(options)], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    releases.add(() => child.kill("SIGKILL"));
    const process = new LoadProcess(child);
    await Promise.race([once(child, "message"), process.#report]);
    return process;
  }

  /** Closes the counters, each within the limit. @throws Error when the process has ended by itself */
  stop(limitMs: number): Promise<LoadReport> {
    if (this.#child.connected) this.#child.send({ stop: { limitMs } } satisfies LoadCommand);
    return this.#report;
  }
}
