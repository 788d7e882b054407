import { readFile, stat } from "node:fs/promises";
import { CountError } from "../domain/count-error.ts";
import { type RereadOptions, reread } from "../files/reread.ts";
import type { Identities } from "./identities.ts";
import { parseIdentities } from "./parse-identities.ts";

const MAX_BYTES = 1_048_576;

/** The identities of a file, kept up to date with it. */
export interface IdentityFile {
  /** What the file held when it was last good. */
  readonly identities: Identities;
  /** Called after every change. */
  watch(listener: () => void): void;
  /** Stops reading the file. Idempotent. */
  close(): void;
}

/** Reads a file of identities once. @throws CountError `invalid` naming file, line and field */
export async function readIdentityFile(file: string): Promise<Identities> {
  return parseIdentities(await contents(file), file);
}

/** Reads the file, again and again as {@link reread} does. @throws CountError `invalid` when it is not usable at the start */
export async function openIdentityFile(file: string, options: RereadOptions): Promise<IdentityFile> {
  const held = await reread<{ readonly text: string; readonly identities: Identities }>(
    {
      async read(known) {
        const text = await contents(file);
        if (text === known?.text) return known;
        const identities = parseIdentities(text, file);
        return { text, identities: known === undefined ? identities : identities.keeping(known.identities) };
      },
      changed: ({ identities }) => [
        { authFile: file, identities: identities.entries.length },
        "tokens and certificates were read again",
      ],
      unusable: "tokens cannot be read again: the last good ones stay in force",
    },
    options,
  );
  return {
    get identities() {
      return held.current.identities;
    },
    watch: (listener) => held.watch(() => listener()),
    close: () => held.close(),
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
