import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CountError } from "../domain/count-error.ts";
import type { Binaries } from "./binaries.ts";
import type { RunAs } from "./run-as.ts";
import { runCommand } from "./run-command.ts";

/** PostgreSQL's superuser, and the database that is ours. */
export const ROLE = "count";

/** 128 bits, which need no quoting in SQL nor in a URL. */
export function newPassword(): string {
  return randomBytes(16).toString("hex");
}

/** The password that is kept in the data folder. `undefined`: there is none, or it is damaged. */
export async function readPassword(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, "password"), "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
  return /^[0-9a-f]{32}\n$/.test(text) ? text.trim() : undefined;
}

/** Keeps it in a file that only we may read, whole or not at all. */
export async function writePassword(dataDir: string, password: string): Promise<void> {
  const temporary = join(dataDir, "password.new");
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(`${password}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(dataDir, "password"));
}

/**
 * Gives a database whose password was lost a new one: whoever may run PostgreSQL on its folder needs none.
 *
 * @param pgData a database that nothing runs on
 */
export async function resetPassword(
  binaries: Binaries,
  pgData: string,
  runAs: RunAs,
  signal?: AbortSignal,
): Promise<string> {
  const password = newPassword();
  const { code, stderr } = await runCommand(binaries.postgres, ["--single", "-D", pgData, "postgres"], {
    runAs,
    input: `alter role ${ROLE} password '${password}'\n`,
    timeoutMs: 300_000,
    signal,
  });
  if (code !== 0 || stderr.includes("ERROR:")) {
    throw new CountError(
      "precondition",
      `the password of the database in ${pgData} is lost and could not be replaced: ${stderr.trim()}`,
    );
  }
  return password;
}
