import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces a small JSON file as a whole, so that a reader after a crash finds the old or the new one. */
export function writeJson(path: string, value: unknown, isDurable: boolean): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w");
  try {
    writeSync(file, JSON.stringify(value));
    if (isDurable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  if (isDurable) syncDirectory(dirname(path));
}

/** What a JSON file holds; undefined when it is missing or damaged. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Makes the names in a directory durable: a file's own fsync does not. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
