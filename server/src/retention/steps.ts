import type { Database, Statement } from "../db/database.ts";
import { CountError } from "../domain/count-error.ts";

/** What the parts of a removal have in common: a database, and the time that is left. */
export class Steps {
  readonly #database: Pick<Database, "run">;
  readonly #signal: AbortSignal | undefined;
  readonly #endsAt: number;

  /** @param limitMs after which no step begins */
  constructor(database: Pick<Database, "run">, limitMs: number, signal: AbortSignal | undefined) {
    this.#database = database;
    this.#signal = signal;
    this.#endsAt = performance.now() + limitMs;
  }

  /** Whether no more time is left. */
  isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** @throws CountError as {@link Database.run}, and `cancelled` */
  run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    if (this.#signal?.aborted === true) {
      throw new CountError("cancelled", "the removal was cancelled", this.#signal.reason);
    }
    return this.#database.run<Row>(statement, values, this.#signal && { signal: this.#signal });
  }
}

/** Whether a part came to its end, or only to that of its time. */
export type Progress = "done" | "more";
