import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { firstClosed, lineage, type RunAs } from "./run-as.ts";

/** Where the data of the embedded PostgreSQL is kept unless the user chooses: a place of the system's for root, else of the user's. */
export function defaultDataDir(environment: NodeJS.ProcessEnv = process.env): string {
  if (process.geteuid?.() === 0) return "/var/lib/count";
  const base = environment["XDG_DATA_HOME"];
  // The XDG Base Directory Specification: a relative path is invalid and to be ignored.
  return join(base?.startsWith("/") === true ? base : join(homedir(), ".local", "share"), "count");
}

/** PostgreSQL's own folder in the data folder. */
export function pgDataOf(dataDir: string): string {
  return join(dataDir, "postgres");
}

/**
 * Makes the data folder if it does not exist: closed to others, or, when another user runs PostgreSQL in it, open for passing
 * through.
 *
 * @param dataDir absolute
 * @throws CountError `precondition`: it is a file, or cannot be made
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  const mode = process.geteuid?.() === 0 ? 0o755 : 0o700;
  try {
    const first = await mkdir(dataDir, { recursive: true, mode });
    if (first === undefined) return;
    // The umask may be 077, as hardened systems have it for root.
    for (let folder = dataDir; folder.length >= first.length; folder = dirname(folder)) await chmod(folder, mode);
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

/** @throws CountError `precondition`: the user who runs PostgreSQL cannot get to the data folder */
export async function checkReachable(dataDir: string, runAs: RunAs): Promise<void> {
  if (!runAs.switched) return;
  const closed = await firstClosed(runAs, lineage(dataDir));
  if (closed === undefined) return;
  throw new CountError(
    "precondition",
    `the data folder ${dataDir} cannot hold the database: PostgreSQL does not run as root, and the user ${runAs.name}, ` +
      `which runs it, may not enter ${closed}; choose a data folder outside of it, such as ${defaultDataDir()}, ` +
      `or chmod o+x ${closed}`,
  );
}

/**
 * Whether there is a database already.
 *
 * @param major PostgreSQL's version that is to run it
 * @throws CountError `precondition`: what is there is no database, or one of another major version
 */
export async function hasDatabase(pgData: string, major: string): Promise<boolean> {
  const found = await stat(pgData).catch(() => undefined);
  if (!found) return false;
  if (found.isDirectory() && (await readdir(pgData)).length === 0) return false;
  const version = await readFile(join(pgData, "PG_VERSION"), "utf8").catch(() => undefined);
  if (version === undefined) {
    throw new CountError(
      "precondition",
      `${pgData} is not a database of PostgreSQL (it has no file PG_VERSION): move it away, or choose another data folder`,
    );
  }
  if (version.trim() !== major) {
    throw new CountError(
      "precondition",
      `the database in ${pgData} was made by PostgreSQL ${version.trim()}, and the embedded one is PostgreSQL ${major}: ` +
        `upgrade it with pg_upgrade or pg_dump, run it with a PostgreSQL ${version.trim()} of yours and set DB_URL, ` +
        "or choose another data folder",
    );
  }
  return true;
}

/** Why a folder cannot be used, from what the system said. Other errors stay as they are. */
export function unusable(dataDir: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const why =
    code === "EEXIST" || code === "ENOTDIR"
      ? "it, or what it lies in, is a file"
      : code === "EACCES" || code === "EPERM"
        ? "this user may not write to it"
        : code === "EROFS"
          ? "its file system is read-only"
          : code === "ENOSPC" || code === "EDQUOT"
            ? "its file system is full"
            : undefined;
  if (why === undefined) return error;
  return new CountError("precondition", `the data folder ${dataDir} cannot be used: ${why}; choose another one`, error);
}
