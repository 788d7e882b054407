import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pgDataOf } from "../../src/embedded/data-folder.ts";
import { stopOrphans } from "../../src/embedded/orphan.ts";
import { claimDataDir } from "../../src/embedded/owner.ts";
import { chooseRunAs } from "../../src/embedded/run-as.ts";

/** How the names of the data folders of test runs begin. */
export const JEST_FOLDER = "count-jest-";

/**
 * Removes what test runs that were killed left behind: a folder, and perhaps a PostgreSQL that still runs on it.
 *
 * @param base where the folders are
 * @param minAgeMs younger folders may belong to a run that has not claimed its own yet
 */
export async function removeLeftovers(base: string, minAgeMs = 60_000): Promise<void> {
  for (const name of await readdir(base)) {
    if (!name.startsWith(JEST_FOLDER)) continue;
    const dataDir = join(base, name);
    try {
      if (Date.now() - (await stat(dataDir)).mtimeMs < minAgeMs) continue;
      const claim = await claimDataDir(dataDir);
      const pgData = pgDataOf(dataDir);
      await stopOrphans(pgData, await chooseRunAs(pgData), () => undefined).finally(claim.release);
      await rm(dataDir, { recursive: true, force: true });
    } catch {
      // Another run's that is alive, or another user's.
    }
  }
}
