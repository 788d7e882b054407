import { readFile, stat } from "node:fs/promises";
import { CountError } from "../domain/count-error.ts";
import type { Identities } from "./identities.ts";
import { parseIdentities } from "./parse-identities.ts";

const MAX_BYTES = 1_048_576;

/** The least that a log needs to have for this. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The identities of a file, kept up to date with it. */
export interface IdentityFile {
  /** What the file held when it was last good. */
  readonly identities: Identities;
  /** Called after every change. */
  watch(listener: () => void): void;
  /** Stops reading the file. Idempotent. */
  close(): void;
}

export interface IdentityFileOptions {
  /** How often the file is read, in milliseconds. Default 10 seconds. */
  readonly refreshMs?: number;
  readonly log: Log;
  /** Told whenever the file was read and cannot be used. Must not throw. */
  readonly onFailure?: () => void;
}

/** Reads a file of identities once. @throws CountError `invalid` naming file, line and field */
export async function readIdentityFile(file: string): Promise<Identities> {
  return parseIdentities(await contents(file), file);
}

/**
 * Reads the file, and reads it again and again, as the TLS files are read: what Kubernetes swaps two folders up is missed by
 * inotify. A file that cannot be used leaves the last good one in force, is warned of once, and is tried again at the next
 * reading.
 *
 * @throws CountError `invalid` when it is not usable at the start
 */
export async function openIdentityFile(file: string, options: IdentityFileOptions): Promise<IdentityFile> {
  const { refreshMs = 10_000, log, onFailure } = options;
  const listeners: (() => void)[] = [];
  let text = await contents(file);
  let identities = parseIdentities(text, file);
  let warned = "";
  let reading = false;

  const refresh = async (): Promise<void> => {
    try {
      const next = await contents(file);
      if (next !== text) {
        identities = parseIdentities(next, file).keeping(identities);
        text = next;
        for (const listener of listeners) listener();
        log.info({ authFile: file, identities: identities.entries.length }, "tokens and certificates were read again");
      }
      warned = "";
    } catch (error) {
      const { message } = CountError.from(error);
      onFailure?.();
      if (message !== warned) {
        log.warn({ reason: message }, "tokens cannot be read again: the last good ones stay in force");
      }
      warned = message;
    }
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    void refresh().finally(() => {
      reading = false;
    });
  }, refreshMs);
  timer.unref();

  return {
    get identities() {
      return identities;
    },
    watch: (listener) => listeners.push(listener),
    close: () => clearInterval(timer),
  };
}

async function contents(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new CountError("invalid", `${file} has ${size} bytes; accepted are ${MAX_BYTES}`);
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof CountError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CountError("invalid", `the file of tokens ${file} cannot be read: ${reason}`, error);
  }
}
