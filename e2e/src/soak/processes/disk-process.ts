import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { DiskAnswer, DiskOptions, DiskReport } from "../clients/messages.ts";
import type { Releases } from "../support/releases.ts";

const ENTRY = fileURLToPath(new URL("../clients/disk-main.js", import.meta.url));

/** A process with its queue on disk, and what it has told of its bursts. */
export class DiskProcess {
  readonly service: string;
  /** Announced, in order: requests by path. Of the last nobody knows whether it was recorded. */
  readonly bursts = new Map<string, number>();
  /** How many of them survive the process. */
  sealed = 0;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #report: DiskReport | undefined;

  constructor(options: DiskOptions, releases: Releases) {
    this.service = options.service;
    const child = fork(ENTRY, [JSON.stringify(options)], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    releases.add(() => child.kill("SIGKILL"));
    // The channel closes after the last message has been read, which may be after the process is gone.
    this.#gone = Promise.all([once(child, "exit"), once(child, "disconnect")]);
    child.on("message", (answer: DiskAnswer) => {
      if ("burst" in answer) this.bursts.set(answer.burst.path, answer.burst.requests);
      else if ("sealed" in answer) this.sealed = answer.sealed.bursts;
      else this.#report = answer.report;
    });
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  /** Flushes within the limit. @throws Error when it has ended by itself */
  async stop(limitMs: number): Promise<DiskReport> {
    if (this.#child.connected) this.#child.send({ stop: { limitMs } });
    await this.#gone;
    if (this.#report === undefined) throw new Error(`the client process ${this.service} ended without a report`);
    return this.#report;
  }
}
