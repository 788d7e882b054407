import { Forked } from "../process/forked.ts";
import { profileFlags } from "../process/profile-flags.ts";
import type { Releases } from "../run/releases.ts";
import { total } from "./delivered.ts";
import type { ConnectJob, Delivered, FewJob, RecordJobs, SmallJob } from "./record-jobs.ts";

/** Several processes of counters, seen from the bench. All do the same at the same time. */
export class RecordClients implements RecordJobs {
  readonly #processes: readonly Forked[];

  constructor(processes: number, releases: Releases, profile: string | undefined) {
    this.#processes = Array.from(
      { length: processes },
      (_, i) => new Forked(`client ${i + 1}`, "load/record-main.js", releases, profileFlags(profile)),
    );
  }

  get pids(): (number | undefined)[] {
    return this.#processes.map(({ pid }) => pid);
  }

  async few(job: FewJob): Promise<Delivered> {
    return total(await this.#all("few", job));
  }

  /** @param job `counters` are those of all processes */
  async connect({ address, counters }: ConnectJob): Promise<void> {
    const share = Math.ceil(counters / this.#processes.length);
    await this.#all("connect", { address, counters: share } satisfies ConnectJob);
  }

  async small(job: SmallJob): Promise<Delivered> {
    return total(await this.#all("small", job));
  }

  async disconnect(): Promise<void> {
    await this.#all("disconnect");
  }

  #all<Result>(name: keyof RecordJobs, job?: unknown): Promise<Result[]> {
    return Promise.all(this.#processes.map((one) => one.call<Result>(name, job)));
  }
}
