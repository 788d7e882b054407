import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { CountError } from "../domain/count-error.ts";
import { compressionOf, MAGIC_BYTES } from "./compression.ts";
import { gunzip } from "./gunzip.ts";

/** The name that stands for standard input, as for other programs. */
export const STDIN = "-";
export const READ_BYTES = 131_072;

/** A log that can be read: a file again and again, a pipe (of which the size is not known) once. */
export interface LogSource {
  /** The name that was given, for messages. */
  readonly name: string;
  /** Bytes as they are stored, compressed or not; undefined for a pipe. */
  readonly size: number | undefined;
  /**
   * Its bytes, decompressed. `onRead` hears of each chunk as it is stored.
   *
   * @throws CountError `invalid` when it cannot be read to its end; after everything before that was yielded.
   */
  read(signal: AbortSignal, onRead: (bytes: number) => void): AsyncIterable<Buffer>;
  /** Its bytes as they are stored. @throws CountError as {@link LogSource.read} */
  readStored(signal: AbortSignal, onRead: (bytes: number) => void): AsyncIterable<Buffer>;
}

/**
 * The logs of these names, all of which must be there before the first is read.
 *
 * @throws CountError `invalid` that names each one that cannot be read, and why.
 */
export async function logSources(names: readonly string[], stdin: Readable): Promise<LogSource[]> {
  const faults: string[] = [];
  const sources: LogSource[] = [];
  for (const name of names) {
    try {
      sources.push(name === STDIN ? logSource("standard input", undefined, () => stdin) : await fileSource(name));
    } catch (error) {
      faults.push(`${name}: ${reasonOf(error)}`);
    }
  }
  if (faults.length > 0) throw new CountError("invalid", faults.join("\n"));
  return sources;
}

async function fileSource(name: string): Promise<LogSource> {
  const stats = await stat(name);
  if (stats.isDirectory()) throw new CountError("invalid", "is a folder; give the log files in it");
  await access(name, constants.R_OK);
  const size = stats.isFile() ? stats.size : undefined;
  return logSource(name, size, () => createReadStream(name, { highWaterMark: READ_BYTES }));
}

/** A log of what `open` gives. */
export function logSource(name: string, size: number | undefined, open: () => Readable): LogSource {
  return {
    name,
    size,
    read: (signal, onRead) => decompressed(raw(open(), signal, onRead)),
    readStored: (signal, onRead) => raw(open(), signal, onRead),
  };
}

/** The chunks of a stream, until it ends or the signal fires. */
async function* raw(
  stream: Readable,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  // A pipe may stay silent for ever: without this an interrupt would wait for its next byte.
  const stop = () => void stream.destroy(new CountError("cancelled", "interrupted"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      onRead(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw new CountError("invalid", `reading stopped: ${reasonOf(error)}`, error);
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}

async function* decompressed(chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  try {
    const head = await headOf(chunks);
    const compression = compressionOf(head);
    if (compression === undefined) {
      if (head.length > 0) yield head;
      yield* chunks;
    } else if (compression === "gzip") {
      yield* gunzip(withHead(head, chunks));
    } else {
      throw new CountError(
        "invalid",
        `is compressed with ${compression}; decompress it and pipe it in: … | count import -`,
      );
    }
  } finally {
    await chunks.return(undefined);
  }
}

/** The first chunk, or as many as are needed to tell how the rest is compressed: a pipe may deliver single bytes. */
async function headOf(chunks: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* withHead(head: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* chunks;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "reading it is not permitted",
  EPERM: "reading it is not permitted",
  EISDIR: "is a folder; give the log files in it",
  ENOTDIR: "a part of its path is not a folder",
};

function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { code?: string };
  return (code === undefined ? undefined : REASONS[code]) ?? message;
}
