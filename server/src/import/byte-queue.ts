/** Bytes that come in chunks, taken in whatever amounts are needed. Holds one chunk, and what was asked for at once. */
export class ByteQueue {
  /** How many bytes were taken. */
  offset = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Some bytes, at least one; undefined at the end. */
  async some(): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const bytes = this.#rest;
    this.#rest = bytes.subarray(bytes.length);
    this.offset += bytes.length;
    return bytes;
  }

  /** So many bytes; undefined when there are fewer, and then they are gone. */
  async exactly(length: number): Promise<Buffer | undefined> {
    let bytes: Buffer = Buffer.alloc(0);
    while (bytes.length < length) {
      const more = await this.some();
      if (more === undefined) return undefined;
      bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
    }
    this.putBack(bytes.subarray(length));
    return bytes.subarray(0, length);
  }

  /** Gives back the last bytes that were taken. */
  putBack(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([bytes, this.#rest]);
    this.offset -= bytes.length;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
