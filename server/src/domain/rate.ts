const SECOND_MS = 1_000;

/**
 * So many events a second, and no more than those of one second at once: the generic cell rate algorithm, which keeps one
 * number. All times are in milliseconds, of a clock that never goes back.
 */
export class Rate {
  readonly perSecond: number;
  readonly #intervalMs: number;
  /** How early an event may be. */
  readonly #toleranceMs: number;
  /** When the next event is due if all came evenly. */
  #dueMs = Number.NEGATIVE_INFINITY;

  /** @param perSecond 1 or more. Infinity: no limit. */
  constructor(perSecond: number) {
    this.perSecond = perSecond;
    this.#intervalMs = SECOND_MS / perSecond;
    this.#toleranceMs = SECOND_MS - this.#intervalMs;
  }

  /** How long the next event has to wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#dueMs - this.#toleranceMs - nowMs);
  }

  /** Counts an event, which happens once it has waited. */
  take(nowMs: number): void {
    this.#dueMs = Math.max(this.#dueMs, nowMs) + this.#intervalMs;
  }

  /** Whether it is as good as new. */
  isIdle(nowMs: number): boolean {
    return this.#dueMs <= nowMs;
  }
}
