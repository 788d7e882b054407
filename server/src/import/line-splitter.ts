/** Longest line that is looked at, in bytes: eight times what Apache and nginx accept as a request line by default. */
export const MAX_LINE_BYTES = 65_536;

const LF = 0x0a;
const CR = 0x0d;

/**
 * Splits chunks into lines without copying them, except for lines that span chunks. Memory is bounded: of a line longer
 * than the limit nothing is kept.
 *
 * Pulled rather than iterated, because an object for each line would cost more than finding it: after `push` or `end`,
 * call `next` until it says false; `buffer` holds the line from `start` to `end`, without its LF or CRLF.
 */
export class LineSplitter {
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** The line is longer than the limit; `start` to `end` is empty. */
  tooLong = false;

  readonly #maxLineBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #position = 0;
  /** The beginning of a line whose end has not come yet. */
  #carry: Buffer = Buffer.alloc(0);
  #skipping = false;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Adds bytes. The lines of the previous chunk must have been taken. The chunk must not change until its own are. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#position = 0;
  }

  /** Moves to the next line that is complete. */
  next(): boolean {
    const chunk = this.#chunk;
    const from = this.#position;
    const newline = chunk.indexOf(LF, from);
    if (newline === -1) {
      this.#keep(chunk.subarray(from));
      this.#position = chunk.length;
      return false;
    }
    this.#position = newline + 1;
    if (this.#skipping || this.#carry.length > 0) this.#join(chunk.subarray(from, newline));
    else this.#show(chunk, from, newline);
    return true;
  }

  /** Moves to the last line, when it has no LF. */
  last(): boolean {
    if (!this.#skipping && this.#carry.length === 0) return false;
    this.#join(this.#chunk.subarray(this.#chunk.length));
    return true;
  }

  #keep(rest: Buffer): void {
    if (this.#skipping || rest.length === 0) return;
    // One more byte than the limit may still turn out to be the CR of a CRLF.
    if (this.#carry.length + rest.length > this.#maxLineBytes + 1) {
      this.#skipping = true;
      this.#carry = rest.subarray(0, 0);
      return;
    }
    this.#carry = Buffer.concat([this.#carry, rest]);
  }

  #join(rest: Buffer): void {
    this.#keep(rest);
    const line = this.#carry;
    this.#carry = rest.subarray(0, 0);
    if (this.#skipping) {
      this.#skipping = false;
      this.#show(line, 0, 0);
      this.tooLong = true;
    } else {
      this.#show(line, 0, line.length);
    }
  }

  #show(buffer: Buffer, start: number, end: number): void {
    const cut = end > start && buffer[end - 1] === CR ? end - 1 : end;
    this.tooLong = cut - start > this.#maxLineBytes;
    this.buffer = buffer;
    this.start = start;
    this.end = this.tooLong ? start : cut;
  }
}
