import type { Random } from "../support/random.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A wall clock that is set forwards and backwards at random, mostly by little. */
export class JumpingClock {
  readonly #random: Random;
  readonly #real: () => number;
  #offsetMs = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#real = Date.now;
  }

  now(): number {
    return this.#real() + this.#offsetMs;
  }

  jump(): void {
    const span = this.#random.pick([0, MINUTE_MS, 20 * MINUTE_MS, 3 * DAY_MS, 3 * DAY_MS, 4_000 * DAY_MS]);
    this.#offsetMs = span === 0 ? 0 : this.#random.int(-span, span);
  }
}
