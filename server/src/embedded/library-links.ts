import { access, readFile, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the links between versions of the shared libraries that the package's install script makes, and that are missing
 * after an `npm ci --ignore-scripts`: archives of npm cannot hold links.
 *
 * @param packageFolder has `native/pg-symlinks.json`
 * @param into the folder to make them in: the package's, or a copy of it
 * @returns whether all are there now; not so in a folder that this process may not write to
 */
export async function makeLibraryLinks(packageFolder: string, into: string): Promise<boolean> {
  const text = await readFile(join(packageFolder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  let complete = true;
  for (const { source, target } of JSON.parse(text) as LibraryLink[]) {
    const link = join(into, target);
    if (await exists(link)) continue;
    if (dirname(source) !== dirname(target)) throw new Error(`${target} and ${source} are not in one folder`);
    // Two processes at the same time make the same link: what counts is that it is there then.
    await symlink(basename(source), link).catch(() => undefined);
    complete &&= await exists(link);
  }
  return complete;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
