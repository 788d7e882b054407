/** What readiness depends on. Each has at most one reason why the server is not ready. */
export type ReadinessPart = "start" | "database" | "drain";

/**
 * Whether the server should get requests, and if not, why. `/readyz` and the gRPC health service follow it.
 *
 * Not ready at first. A reason for `drain` is never taken back.
 */
export class Readiness {
  readonly #reasons = new Map<ReadinessPart, string>([["start", "Count is starting"]]);
  readonly #onChange: (reasons: readonly string[], part: ReadinessPart) => void;

  /** @param onChange told of all reasons whenever the one of a part comes, goes or changes */
  constructor(onChange: (reasons: readonly string[], part: ReadinessPart) => void) {
    this.#onChange = onChange;
  }

  /** None when ready. */
  get reasons(): readonly string[] {
    return [...this.#reasons.values()];
  }

  /** @param reason a sentence, or undefined when nothing is in the way any more */
  set(part: ReadinessPart, reason: string | undefined): void {
    if (this.#reasons.get(part) === reason) return;
    if (part === "drain" && reason === undefined) return;
    if (reason === undefined) this.#reasons.delete(part);
    else this.#reasons.set(part, reason);
    this.#onChange(this.reasons, part);
  }
}
