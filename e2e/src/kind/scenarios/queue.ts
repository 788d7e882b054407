import type { Scenario } from "./scenario.ts";

/** Scenarios that are still to be played, by several players at once. */
export class Queue {
  readonly #left: Scenario[];

  constructor(scenarios: readonly Scenario[]) {
    this.#left = [...scenarios];
  }

  /**
   * @param isFirst whether the first player asks: only that one gets those that share the installation, one after the other, and these before
   * any others, so that they do not remain for the end, when nothing else is left to be played beside them
   * @returns undefined: there is none left for this player
   */
  next(isFirst: boolean): Scenario | undefined {
    const shared = isFirst ? this.#left.findIndex(({ sharesInstallation }) => sharesInstallation) : -1;
    const at = shared >= 0 ? shared : this.#left.findIndex(({ sharesInstallation }) => !sharesInstallation);
    return at < 0 ? undefined : this.#left.splice(at, 1)[0];
  }
}
