import { createHash } from "node:crypto";
import { clientIdOf } from "@count/client";
import { CountError } from "../domain/count-error.ts";
import { CUTTING_VERSION } from "./batch-cutter.ts";
import type { LogSource } from "./log-source.ts";

/** What else than its content makes a log be counted differently. */
export interface CountedAs {
  readonly service: string;
  readonly maxPathBytes: number;
}

/** A log whose whole content is known. */
export interface IdentifiedLog {
  /** The same for the same content, compressed or not and under whatever name, that is counted in the same way. */
  readonly clientId: Uint8Array;
  /** Yields what was identified, and fails when that is no longer there. What was added to the log since is left out. */
  readonly source: LogSource;
}

/**
 * Reads a log once to know it again.
 *
 * @returns undefined when it was interrupted. A log that cannot be read to its end is identified by what comes before that,
 *   and fails there when it is read.
 */
export async function identify(
  source: LogSource,
  as: CountedAs,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): Promise<IdentifiedLog | undefined> {
  const hash = createHash("sha256");
  let bytes = 0;
  let fault: CountError | undefined;
  try {
    for await (const chunk of source.read(signal, onRead)) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    fault = CountError.from(error);
  }
  if (signal.aborted) return undefined;
  const content = hash.digest("hex");
  // The last line of what was cut off is refused; of a log that ends there, it counts.
  const parts = ["count import", CUTTING_VERSION, as.service, as.maxPathBytes, content, fault !== undefined];
  const seen: Seen = { bytes, content, fault };
  return {
    clientId: clientIdOf(JSON.stringify(parts)),
    source: { ...source, read: (stop, heard) => again(source, seen, stop, heard) },
  };
}

interface Seen {
  readonly bytes: number;
  /** SHA-256 of the content, in hex. */
  readonly content: string;
  readonly fault: CountError | undefined;
}

async function* again(
  source: LogSource,
  { bytes, content, fault }: Seen,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  const hash = createHash("sha256");
  let left = bytes;
  if (left > 0) {
    for await (const chunk of source.read(signal, onRead)) {
      const part = chunk.subarray(0, left);
      hash.update(part);
      left -= part.length;
      yield part;
      if (left === 0) break;
    }
  }
  if (signal.aborted) return;
  if (left > 0 || hash.digest("hex") !== content) {
    throw new CountError("invalid", "changed while it was imported; import it again when it no longer changes");
  }
  if (fault !== undefined) throw fault;
}
