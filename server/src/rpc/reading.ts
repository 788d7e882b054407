import { setTimeout as sleep } from "node:timers/promises";

/** The little of a stream that is needed to stop reading it. */
export interface Readable {
  pause(): unknown;
  resume(): unknown;
}

/** Stops reading a stream for as long as anybody has a reason to; HTTP/2's flow control then stops its sender. */
export class Reading {
  readonly #stream: Readable;
  #reasons = 0;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  /** Reads nothing for a while, and then does something before anything more is read. */
  stopFor(ms: number, then: () => void): void {
    // A server that has stopped need not wait for it.
    this.stopUntil(sleep(ms, undefined, { ref: false }).then(then));
  }

  /** Reads nothing until this has settled. It must not reject. */
  stopUntil(settled: Promise<unknown>): void {
    if (this.#reasons++ === 0) this.#stream.pause();
    void settled.then(() => {
      if (--this.#reasons === 0) this.#stream.resume();
    });
  }
}
