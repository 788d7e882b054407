/** What many wait for and one opens, again and again. */
export class Gate {
  #waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /** Whether anybody waits. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** Resolves at the next {@link open}. */
  wait(): Promise<void> {
    if (this.#waiting === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#waiting = { promise, resolve };
    }
    return this.#waiting.promise;
  }

  open(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
