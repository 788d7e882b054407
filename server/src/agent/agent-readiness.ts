/** What readiness depends on. */
export type AgentPart = "start" | "queue" | "drain";

/** Whether the agent can take requests, and if not, why. Not ready at first; a reason for `drain` is never taken back. */
export class AgentReadiness {
  readonly #reasons = new Map<AgentPart, string>([["start", "the agent is starting"]]);
  readonly #onChange: (reasons: readonly string[]) => void;

  constructor(onChange: (reasons: readonly string[]) => void) {
    this.#onChange = onChange;
  }

  /** None when ready. */
  get reasons(): readonly string[] {
    return [...this.#reasons.values()];
  }

  /** @param reason a sentence, or undefined when nothing is in the way any more */
  set(part: AgentPart, reason: string | undefined): void {
    if (this.#reasons.get(part) === reason) return;
    if (part === "drain" && reason === undefined) return;
    if (reason === undefined) this.#reasons.delete(part);
    else this.#reasons.set(part, reason);
    this.#onChange(this.reasons);
  }
}
