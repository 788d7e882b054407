import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CountError } from "../domain/count-error.ts";
import { isRunning, processStart, UNKNOWN_START } from "./process-start.ts";

const ATTEMPTS = 4;
const CLAIM = /^owner\.([1-9][0-9]*)\.([0-9A-Za-z-]+)$/;

/** The right to use a data folder, until it is released or this process ends. */
export interface Claim {
  /** Idempotent. */
  readonly release: () => Promise<void>;
}

/**
 * Claims a data folder for this process with a file `owner.<pid>.<start>` in it. Its name says all, so it is never read half
 * written, and a claim left by a killed process counts no more, even when its number was given to another process.
 *
 * Each claimant writes its own file first and looks for others then, so of two at the same time at least one sees the other;
 * when both do, both step back and try again after a random while. A dead claim's name is never used again, so removing it
 * can harm nobody.
 *
 * @throws CountError `precondition`: another process that still runs uses the folder, or this one does already
 */
export async function claimDataDir(dataDir: string): Promise<Claim> {
  const mine = `owner.${process.pid}.${(await processStart(process.pid)) ?? UNKNOWN_START}`;
  const release = (): Promise<void> => rm(join(dataDir, mine), { force: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeFile(join(dataDir, mine), `claimed ${new Date().toISOString()}\n`, { flag: "wx", mode: 0o644 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new CountError("precondition", `the data folder ${dataDir} is already in use by this process`, error);
    }
    const other = await livingOwner(dataDir, mine).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    if (other === undefined) return { release };
    await release();
    if (attempt === ATTEMPTS) {
      throw new CountError(
        "precondition",
        `the data folder ${dataDir} is in use by another count process, pid ${other}: ` +
          "stop that process, or choose another data folder",
      );
    }
    await delay(10 + Math.random() * 40);
  }
}

/** The pid of a process that runs and has claimed the folder. Claims of dead processes are removed on the way. */
export async function livingOwner(dataDir: string, except?: string): Promise<number | undefined> {
  for (const name of await readdir(dataDir)) {
    const claim = CLAIM.exec(name);
    if (!claim || name === except) continue;
    const pid = Number(claim[1]);
    if (await isRunning(pid, claim[2]!)) return pid;
    await rm(join(dataDir, name), { force: true });
  }
  return undefined;
}
