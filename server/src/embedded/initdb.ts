import { randomUUID } from "node:crypto";
import { chown, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CountError } from "../domain/count-error.ts";
import type { Binaries } from "./binaries.ts";
import { pgDataOf } from "./data-folder.ts";
import { newPassword, ROLE, readPassword, writePassword } from "./password.ts";
import type { RunAs } from "./run-as.ts";
import { runCommand } from "./run-command.ts";

const TIMEOUT_MS = 300_000;

export interface InitdbOptions {
  readonly binaries: Binaries;
  readonly dataDir: string;
  readonly runAs: RunAs;
  /** `false` only for a database that is thrown away. */
  readonly sync: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a new database in `<dataDir>/postgres`, with checksums, for UTF-8 text sorted by code point. That locale is PostgreSQL's own:
 * a minimal system has no others.
 *
 * One that is killed half-way leaves nothing behind that counts: it works in a folder `initdb.<random>`, which is renamed at the
 * end, after the password was kept. What others left is removed first. The name is random because an initdb whose starter
 * was killed may still be writing.
 *
 * @throws CountError `precondition` with what initdb said
 */
export async function initdb(options: InitdbOptions): Promise<void> {
  const { binaries, dataDir, runAs, sync, signal } = options;
  for (const name of await readdir(dataDir)) {
    if (name.startsWith("initdb.")) await removeLeftover(join(dataDir, name));
  }
  const password = (await readPassword(dataDir)) ?? newPassword();
  await writePassword(dataDir, password);
  const folder = join(dataDir, `initdb.${randomUUID()}`);
  const pgData = join(folder, "data");
  // For initdb, in a folder that only its user may enter. It cannot be its standard input, which belongs to us.
  const passwordFile = join(folder, "password");
  try {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
    if (runAs.switched) {
      await chown(passwordFile, runAs.uid, runAs.gid);
      await chown(folder, runAs.uid, runAs.gid);
    }
    const { code, stdout, stderr } = await runCommand(
      binaries.initdb,
      [
        `--pgdata=${pgData}`,
        `--username=${ROLE}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
        ...(sync ? [] : ["--no-sync"]),
      ],
      { runAs, timeoutMs: TIMEOUT_MS, signal },
    );
    if (code !== 0) {
      throw new CountError(
        "precondition",
        `the database could not be made in ${dataDir}: initdb said: ${`${stdout}\n${stderr}`.trim()}`,
      );
    }
    await rename(pgData, pgDataOf(dataDir));
    if (sync) await syncFolder(dataDir);
  } finally {
    await removeLeftover(folder);
  }
}

/** Removed at the next start at the latest: a process that outlived its starter may be writing in it. */
async function removeLeftover(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

/** Makes a rename in a folder durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
