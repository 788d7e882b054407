import { CountError } from "../domain/count-error.ts";
import { cancelled } from "./backoff.ts";

/**
 * Lets so many statements run at once; the others wait in the order in which they came. pg.Pool has a queue too, but one
 * without a bound, and whose wait counts against the time for connecting.
 */
export class ConnectionSlots {
  readonly #max: number;
  readonly #maxWaiting: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(max: number, maxWaiting: number) {
    this.#max = max;
    this.#maxWaiting = maxWaiting;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Every call that resolves must be followed by one of {@link give}. @throws CountError `exhausted`, `cancelled` */
  async take(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw cancelled(signal);
    if (this.#taken < this.#max) {
      this.#taken++;
      return;
    }
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new CountError(
        "exhausted",
        `${this.#waiting.size} statements wait for one of ${this.#max} database connections; no more may`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(next);
        reject(cancelled(signal));
      };
      const next = (): void => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      this.#waiting.add(next);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  give(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#taken--;
      return;
    }
    // The slot goes from hand to hand: nobody who comes later can take it first.
    this.#waiting.delete(next);
    next();
  }
}
