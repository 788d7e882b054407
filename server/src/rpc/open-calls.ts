import type { EventEmitter } from "node:events";

/** The little of a streaming call that is needed to end it. grpc-js emits `cancelled` when a call is over, however it ended. */
export interface EndableCall extends Pick<EventEmitter, "once"> {
  end(): unknown;
}

/** Calls that go on until their client ends them, so that a draining server can. */
export class OpenCalls<Call extends EndableCall = EndableCall> {
  readonly #calls = new Set<Call>();

  add(call: Call): void {
    this.#calls.add(call);
    call.once("cancelled", () => this.#calls.delete(call));
  }

  [Symbol.iterator](): Iterator<Call> {
    return this.#calls.values();
  }

  /** Ends all of them with OK. */
  end(): void {
    for (const call of this.#calls) call.end();
    this.#calls.clear();
  }
}
