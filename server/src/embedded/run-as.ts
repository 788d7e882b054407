import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { runCommand } from "./run-command.ts";

/** The user that PostgreSQL's programs run as. They refuse to run as root. */
export interface RunAs {
  /** For messages. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Whether that is not the user of this process. */
  readonly switched: boolean;
}

/**
 * Who runs PostgreSQL: the user of this process; for root the user that the database's folder belongs to, or else `postgres`
 * if it exists, or else `nobody`. No user is created: that would change the machine for a program that is only tried out.
 *
 * @param pgData PostgreSQL's own folder; it need not exist
 * @throws CountError `precondition`
 */
export async function chooseRunAs(pgData: string): Promise<RunAs> {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  if (uid === undefined || gid === undefined) {
    throw new CountError(
      "precondition",
      `the embedded PostgreSQL needs a Unix, and this is ${process.platform}; set DB_URL to use a PostgreSQL of yours`,
    );
  }
  const existing = await stat(pgData).catch(() => undefined);
  if (uid !== 0) {
    if (existing && existing.uid !== uid) {
      throw new CountError(
        "precondition",
        `the database in ${pgData} belongs to the user with uid ${existing.uid}, and this process runs with uid ${uid}: ` +
          "run it as that user or as root, or choose another data folder",
      );
    }
    return { name: `uid ${uid}`, uid, gid, switched: false };
  }
  if (existing && existing.uid !== 0) {
    return { name: `uid ${existing.uid}`, uid: existing.uid, gid: existing.gid, switched: true };
  }
  const found = (await lookUp("postgres")) ?? (await lookUp("nobody"));
  if (!found) {
    throw new CountError(
      "precondition",
      "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it as: " +
        "create one of them, run this as another user, or set DB_URL to use a PostgreSQL of yours",
    );
  }
  if (existing) {
    throw new CountError(
      "precondition",
      `the database in ${pgData} belongs to root, and PostgreSQL does not run as root: ` +
        `chown -R ${found.name} it, or choose another data folder`,
    );
  }
  return found;
}

async function lookUp(name: string): Promise<RunAs | undefined> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (what) => {
      const { code, stdout } = await runCommand("id", [what, name]);
      return code === 0 ? Number(stdout) : Number.NaN;
    }),
  );
  return Number.isSafeInteger(uid) && Number.isSafeInteger(gid) && uid !== 0
    ? { name, uid: uid!, gid: gid!, switched: true }
    : undefined;
}

/**
 * The first of these folders that the user may not enter, or of these files that it may not read. Asked of the kernel by a
 * process of that user: modes alone do not tell what access lists and mounts do.
 */
export async function firstClosed(runAs: RunAs, paths: readonly string[]): Promise<string | undefined> {
  const script =
    'for p; do if [ -d "$p" ]; then [ -x "$p" ]; else [ -r "$p" ]; fi || { printf %s "$p"; exit 1; }; done';
  const { code, stdout } = await runCommand("/bin/sh", ["-c", script, "sh", ...paths], { runAs });
  return code === 0 ? undefined : stdout;
}

/** A folder and all that it lies in, outermost first. */
export function lineage(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...lineage(parent), folder];
}
