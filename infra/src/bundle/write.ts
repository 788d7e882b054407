import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { HEADER } from "./yaml.ts";

/**
 * Writes files into a folder, which is made when missing. A manifest of an earlier synthesis that is no more is removed; whatever else
 * is in the folder stays.
 *
 * @returns the names of what was removed
 */
export function writeFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  mkdirSync(folder, { recursive: true });
  const removed = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml") && !files.has(entry.name))
    .map(({ name }) => name)
    .filter((name) => readFileSync(join(folder, name), "utf8").startsWith(HEADER));
  for (const name of removed) rmSync(join(folder, name));
  for (const [name, text] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return removed;
}
