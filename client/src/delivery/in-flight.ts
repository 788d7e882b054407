/** The window: numbers and sizes of the batches that were sent on a stream and not acknowledged. */
export class InFlight {
  readonly #maxBatches: number;
  readonly #maxBytes: number;
  readonly #batches: { readonly number: number; readonly bytes: number }[] = [];
  #bytes = 0;

  constructor(maxBatches: number, maxBytes: number) {
    this.#maxBatches = maxBatches;
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  get hasRoom(): boolean {
    return this.#batches.length < this.#maxBatches && this.#bytes < this.#maxBytes;
  }

  add(number: number, bytes: number): void {
    this.#batches.push({ number, bytes });
    this.#bytes += bytes;
  }

  acknowledge(lastNumber: number): void {
    for (let first = this.#batches[0]; first !== undefined && first.number <= lastNumber; first = this.#batches[0]) {
      this.#bytes -= first.bytes;
      this.#batches.shift();
    }
  }

  clear(): void {
    this.#batches.length = 0;
    this.#bytes = 0;
  }
}
