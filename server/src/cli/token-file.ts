import { readFile } from "node:fs/promises";
import { usageError } from "./usage-error.ts";

/** The token in a file, without the white space around it. @throws CommanderError, which never shows what is in the file */
export async function readTokenFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw usageError(`--token-file ${file} cannot be read: ${(error as Error).message}`);
  });
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw usageError(`--token-file ${file} holds no token: accepted is one line of printable ASCII without spaces`);
  }
  return token;
}
