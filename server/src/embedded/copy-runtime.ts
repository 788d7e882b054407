import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { BinaryPackage } from "./binaries.ts";
import { makeLibraryLinks } from "./library-links.ts";

/** Of 60 MB these are for building extensions, and nobody does. */
const UNUSED = /\.a$|\/pgxs(\/|$)|\/pkgconfig(\/|$)/;

/**
 * Copies the binaries to `<dataDir>/runtime-<version>`, for a user who cannot reach them where npm put them. The copy stays ours,
 * so that a database that runs as that user cannot change it. It appears whole: it is made under another name, and then
 * renamed. A copy that is there is used if its files have the right sizes (after a power cut they may be empty).
 *
 * @returns its folder
 */
export async function copyRuntime(found: BinaryPackage, dataDir: string): Promise<string> {
  const name = `runtime-${found.version}`;
  const target = join(dataDir, name);
  const files = await listFiles(join(found.folder, "native"));
  if ((await isWhole(files, found.folder, target)) && (await makeLibraryLinks(found.folder, target))) return target;
  for (const other of await readdir(dataDir)) {
    // Half-made ones and those of former versions. The data folder is claimed by this process: nobody else makes one.
    if (other.startsWith("runtime-")) await rm(join(dataDir, other), { recursive: true, force: true });
  }
  const temporary = join(dataDir, `${name}.${randomUUID()}`);
  // The modes are set, not asked for, because the umask may be 077.
  await makeFolder(temporary);
  await makeFolder(join(temporary, "native"));
  for (const { path, folder } of files) {
    const to = join(temporary, relative(found.folder, path));
    if (folder) {
      await makeFolder(to);
    } else {
      await copyFile(path, to, constants.COPYFILE_FICLONE);
      await chmod(to, ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755);
    }
  }
  await makeLibraryLinks(found.folder, temporary);
  await rename(temporary, target);
  return target;
}

interface Entry {
  readonly path: string;
  readonly folder: boolean;
}

/** What is below a folder, each folder before what it holds, without links: those are made. */
async function listFiles(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() || UNUSED.test(path)) continue;
    entries.push({ path, folder: entry.isDirectory() });
    if (entry.isDirectory()) entries.push(...(await listFiles(path)));
  }
  return entries;
}

async function isWhole(files: readonly Entry[], from: string, to: string): Promise<boolean> {
  for (const { path, folder } of files) {
    if (folder) continue;
    const [original, copy] = await Promise.all([
      stat(path),
      stat(join(to, relative(from, path))).catch(() => undefined),
    ]);
    if (copy?.size !== original.size) return false;
  }
  return true;
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o755);
}
