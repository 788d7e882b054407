import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CountError } from "../domain/count-error.ts";
import { type LogSource, logSource, READ_BYTES } from "./log-source.ts";

/** A pipe that was kept in a file, so that it can be read again. Who spooled it closes it. */
export interface Spooled extends AsyncDisposable {
  readonly source: LogSource;
}

/**
 * Keeps what is left of a source in a temporary file, as it is stored. The file has no name any more while it is used, so it
 * is gone with the process, however that ends; only its free space bounds it.
 *
 * @throws CountError `invalid` when the source cannot be read, `exhausted` when it cannot be kept.
 */
export async function spool(
  source: LogSource,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
  folder = tmpdir(),
): Promise<Spooled> {
  const cannotKeep = (error: unknown): never => {
    throw new CountError(
      "exhausted",
      `${source.name} cannot be kept in ${folder} until it is counted: ${(error as Error).message}\n` +
        "Save it to a file and import that, or name another folder with TMPDIR.",
      error,
    );
  };
  const file = await unnamedFile(folder).catch(cannotKeep);
  try {
    let size = 0;
    for await (const chunk of source.readStored(signal, onRead)) {
      for (let at = 0; at < chunk.length; ) {
        at += (await file.write(chunk, at).catch(cannotKeep)).bytesWritten;
      }
      size += chunk.length;
    }
    return {
      source: logSource(source.name, size, () => Readable.from(chunksOf(file))),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** From the beginning. A stream of the handle itself would close it at its end. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer, void> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function unnamedFile(folder: string): Promise<FileHandle> {
  const own = await mkdtemp(join(folder, "count-import-"));
  try {
    return await open(join(own, "log"), "wx+", 0o600);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
