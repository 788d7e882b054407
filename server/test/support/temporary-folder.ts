import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseRunAs, firstClosed, lineage } from "../../src/embedded/run-as.ts";

/** The system's folder for temporary files, unless PostgreSQL's user may not enter it, such as one that is private to root. */
export async function temporaryBase(): Promise<string> {
  const folder = tmpdir();
  const runAs = await chooseRunAs(join(folder, "count-none"));
  return runAs.switched && (await firstClosed(runAs, lineage(folder))) !== undefined ? "/tmp" : folder;
}

/** A new folder there that every user may enter. */
export async function temporaryFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(await temporaryBase(), prefix));
  await chmod(folder, 0o755);
  return folder;
}
