import { access, constants, readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { type Finding, type FindingId, ok, warning, wrong } from "./finding.ts";

/** A write-ahead log of PostgreSQL may need a gigabyte at once; below this there is hardly room for one segment. */
const WRONG_BYTES = 128 * 1_048_576;
const WARN_SHARE = 0.1;

/** Room on the disk of the embedded PostgreSQL. Undefined: its folder is not there, so there is nothing to fill. */
export async function checkEmbeddedDisk(folder: string): Promise<Finding | undefined> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return undefined;
  const next = 'Make room before it is full: see "The disk is full" in docs/operations.md.';
  return room("database.disk", folder, next);
}

/** The folder of an agent's queue: whether it is there, may be written to by this user, and has room around it. */
export async function checkAgentQueue(folder: string): Promise<Finding> {
  const id = "agent.queue";
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = await readdir(folder);
    const files = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
    const bytes = files.reduce((sum, file) => sum + (file?.isFile() === true ? file.size : 0), 0);
    const next = "Make room on that disk, or lower --queue-max-bytes; never delete files of the queue.";
    const found = await room(id, folder, next);
    return { ...found, says: `${files.length} files with ${megabytes(bytes)} wait in the queue; ${found.says}` };
  } catch (error) {
    return wrong(
      id,
      `the queue's folder ${folder} cannot be used: ${CountError.from(error).message}`,
      "Run the doctor as the agent's user; name the folder of its --queue-dir, which an agent makes at its first start.",
    );
  }
}

async function room(id: FindingId, folder: string, next: string): Promise<Finding> {
  const { bsize, bavail, blocks } = await statfs(folder);
  return judgeRoom(id, { folder, free: bsize * bavail, size: bsize * blocks }, next);
}

/** @param disk in bytes */
export function judgeRoom(
  id: FindingId,
  { folder, free, size }: { readonly folder: string; readonly free: number; readonly size: number },
  next: string,
): Finding {
  const says = `${megabytes(free)} of ${megabytes(size)} are free on the disk of ${folder}`;
  if (free < WRONG_BYTES) return wrong(id, says, next);
  return free / size < WARN_SHARE ? warning(id, says, next) : ok(id, says);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576).toLocaleString("en-US")} MiB`;
}
