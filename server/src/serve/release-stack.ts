/** What was acquired, so that it is released in reverse: each thing before what it stands on. */
export class ReleaseStack {
  readonly #releases: { readonly name: string; readonly release: () => unknown }[] = [];
  readonly #onFailure: (name: string, error: unknown) => void;
  #releasing: Promise<void> | undefined;

  /** @param onFailure told of each release that fails, as it happens */
  constructor(onFailure: (name: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Registers how something that was just acquired is released. `name` is for messages. */
  add(name: string, release: () => unknown): void {
    this.#releases.push({ name, release });
  }

  /**
   * Releases everything, going on past failures. What is registered meanwhile is released as well. Idempotent.
   *
   * @throws the first failure
   */
  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#releases.pop(); next !== undefined; next = this.#releases.pop()) {
      try {
        await next.release();
      } catch (error) {
        failures.push(error);
        this.#onFailure(next.name, error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
