/** What was started, so that it is stopped in reverse, whatever happens. */
export class Releases {
  readonly #releases: (() => unknown)[] = [];
  readonly #onFailure: (error: unknown) => void;
  #released = false;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Registers how something that was just acquired is released. After the release began, it is released at once. */
  add(release: () => unknown): void {
    if (this.#released) void this.#run(release);
    else this.#releases.push(release);
  }

  /** Goes on past failures, which are told. */
  async release(): Promise<void> {
    this.#released = true;
    for (let next = this.#releases.pop(); next !== undefined; next = this.#releases.pop()) await this.#run(next);
  }

  async #run(release: () => unknown): Promise<void> {
    try {
      await release();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
