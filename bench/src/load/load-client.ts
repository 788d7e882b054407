import { Forked } from "../process/forked.ts";
import type { Releases } from "../run/releases.ts";
import type { CallJob, CallResult, FloodJob, Jobs, Overload, OverloadJob, StreamsJob } from "./jobs.ts";

/** The client's process, seen from the bench. */
export class LoadClient implements Jobs {
  readonly #process: Forked;

  constructor(releases: Releases) {
    this.#process = new Forked("client", "load/load-main.js", releases);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  streams(job: StreamsJob): ReturnType<Jobs["streams"]> {
    return this.#process.call("streams", job);
  }

  flood(job: FloodJob): ReturnType<Jobs["flood"]> {
    return this.#process.call("flood", job);
  }

  overload(job: OverloadJob): Promise<Overload> {
    return this.#process.call("overload", job);
  }

  call(job: CallJob): Promise<CallResult> {
    return this.#process.call("call", job);
  }
}
