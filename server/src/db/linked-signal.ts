/**
 * A signal that is aborted with the first of several, and lets go of them when it is disposed of. `AbortSignal.any` never lets
 * go: of a signal that lives as long as the process it would collect an entry with each statement (node#54614).
 */
export class LinkedSignal implements Disposable {
  readonly signal: AbortSignal;
  readonly #sources: readonly AbortSignal[];
  readonly #stop: (event: Event) => void;

  constructor(...sources: readonly (AbortSignal | undefined)[]) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#sources = sources.filter((source) => source !== undefined);
    this.#stop = ({ target }) => controller.abort((target as AbortSignal).reason);
    const aborted = this.#sources.find((source) => source.aborted);
    if (aborted) controller.abort(aborted.reason);
    else for (const source of this.#sources) source.addEventListener("abort", this.#stop, { once: true });
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener("abort", this.#stop);
  }
}
