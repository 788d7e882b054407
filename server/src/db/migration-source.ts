import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Knex } from "knex";
import { CountError } from "../domain/count-error.ts";

export interface MigrationFile {
  /** Its file's name without `.sql`, such as `0001_methods`. What the database remembers. */
  readonly name: string;
  readonly sql: string;
}

/**
 * Where the numbered SQL files are: in the repository beside the packages (seen from src/db and from dist/db alike), and in
 * a packed server inside it.
 */
const FOLDERS = ["../../../migrations", "../../migrations"];

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/**
 * The migrations that this build knows, in their order.
 *
 * @param folder default: the one that comes with this build
 * @throws CountError `precondition` when there is none, or when a file's name or number is not in order
 */
export async function readMigrations(folder?: string): Promise<readonly MigrationFile[]> {
  const candidates =
    folder === undefined ? FOLDERS.map((one) => fileURLToPath(new URL(one, import.meta.url))) : [folder];
  for (const candidate of candidates) {
    const names = await readdir(candidate).catch(() => undefined);
    if (!names) continue;
    const files = names.filter((name) => name.endsWith(".sql")).sort();
    checkNames(files, candidate);
    return await Promise.all(
      files.map(async (file) => ({ name: file.slice(0, -4), sql: await readFile(join(candidate, file), "utf8") })),
    );
  }
  throw new CountError("precondition", `there is no folder of migrations; looked for ${candidates.join(" and ")}`);
}

function checkNames(files: readonly string[], folder: string): void {
  if (files.length === 0) throw new CountError("precondition", `${folder} holds no migration`);
  for (const [index, file] of files.entries()) {
    const number = String(index + 1).padStart(4, "0");
    if (FILE_NAME.exec(file)?.[1] !== number) {
      throw new CountError(
        "precondition",
        `${join(folder, file)} should have the number ${number}: migrations are named 0001_what.sql, 0002_what.sql and so on`,
      );
    }
  }
}

/** For knex. Each file is one statement. */
export function knexSource(files: readonly MigrationFile[]): Knex.MigrationSource<MigrationFile> {
  return {
    getMigrations: () => Promise.resolve([...files]),
    getMigrationName: (file) => file.name,
    getMigration: ({ name, sql }) =>
      Promise.resolve({
        // knex takes a question mark for a parameter, even in a comment.
        up: (knex) => knex.raw(sql.replaceAll("?", "\\?")),
        // knex insists on one.
        down: () => Promise.reject(new CountError("internal", `${name} cannot be undone: migrations are only added`)),
      }),
  };
}
