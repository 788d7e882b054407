import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const fdatasyncAsync = promisify(fdatasync);

const NAME = /^(\d{12})\.segment$/;

/** The first sequence number that a file is for, by its name; undefined when it is not a segment's name. */
export function firstSequenceOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** One file of the queue: records are appended, never changed, and go when the file goes. */
export class Segment {
  readonly #file: number;
  readonly #path: string;
  #bytes: number;
  #isDirty = false;
  #isOpen = true;
  #syncing: Promise<void> | undefined;
  /** The highest sequence number in it. */
  lastSequence: number;

  constructor(directory: string, firstSequence: number) {
    this.#path = join(directory, `${String(firstSequence).padStart(12, "0")}.segment`);
    this.#file = openSync(this.#path, "a+");
    this.#bytes = fstatSync(this.#file).size;
    this.lastSequence = firstSequence - 1;
  }

  get path(): string {
    return this.#path;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends a record whole, and returns where it is. @throws What the file system throws; nothing is appended then. */
  append(sequence: number, record: Uint8Array): number {
    const offset = this.#bytes;
    let written = 0;
    try {
      while (written < record.length) written += writeSync(this.#file, record, written);
    } catch (error) {
      // A part of a record would hide everything behind it.
      ftruncateSync(this.#file, offset);
      throw error;
    }
    this.#bytes += record.length;
    this.#isDirty = true;
    this.lastSequence = sequence;
    return offset;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, offset));
  }

  /** Starts making what was appended survive a power loss, without waiting for it. */
  sync(onError: (error: Error) => void): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    fdatasync(this.#file, (error) => {
      if (error !== null && this.#isOpen) onError(error);
    });
  }

  /** Makes what is in it survive a power loss, whoever wrote it. @throws What the file system throws. */
  syncNow(): void {
    fdatasyncSync(this.#file);
  }

  /**
   * Resolves once everything that has been appended survives a power loss. Callers of one moment share a write.
   *
   * @throws What the file system throws; what was not synced may or may not be on disk then.
   */
  async synced(): Promise<void> {
    while (this.#isOpen && (this.#isDirty || this.#syncing !== undefined)) {
      this.#syncing ??= this.#sync();
      await this.#syncing;
    }
  }

  async #sync(): Promise<void> {
    try {
      this.#isDirty = false;
      await fdatasyncAsync(this.#file);
    } finally {
      this.#syncing = undefined;
    }
  }

  close(options: { readonly sync: boolean }): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (options.sync && this.#isDirty) fdatasyncSync(this.#file);
    closeSync(this.#file);
  }

  remove(): void {
    this.close({ sync: false });
    rmSync(this.#path, { force: true });
  }
}
