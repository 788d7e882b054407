import { CountError } from "../domain/count-error.ts";
import type { Database, Statement } from "./database.ts";
import { readMigrations } from "./migration-source.ts";

export interface SchemaState {
  /**
   * `current`: the database has exactly the migrations that this build knows. `newer`: it has others too, which is fine,
   * since migrations only add. `behind`: it lacks some, and this build's statements would fail.
   */
  readonly state: "current" | "newer" | "behind";
  /** Migrations of this build that the database lacks, in their order. */
  readonly missing: readonly string[];
  /** Migrations of the database that this build does not know, in their order. */
  readonly unknown: readonly string[];
}

export interface SchemaStateOptions {
  readonly signal?: AbortSignal;
  /** Folder of the migrations. Default: the one that comes with this build. */
  readonly folder?: string;
}

const SELECT_MIGRATIONS: Statement = {
  name: "select-migrations",
  text: "select name from count.migrations order by name",
};

/** Tables that do not exist yet: nothing was ever migrated. */
const NOTHING_YET = new Set(["42P01", "3F000"]);

/** How the schema of a database compares with this build. @throws CountError */
export async function schemaState(database: Database, options: SchemaStateOptions = {}): Promise<SchemaState> {
  const [known, present] = await Promise.all([
    readMigrations(options.folder),
    appliedMigrations(database, options.signal),
  ]);
  return compareMigrations(
    known.map((file) => file.name),
    present,
  );
}

export function compareMigrations(known: readonly string[], present: readonly string[]): SchemaState {
  const missing = known.filter((name) => !present.includes(name));
  const unknown = present.filter((name) => !known.includes(name));
  return { state: missing.length > 0 ? "behind" : unknown.length > 0 ? "newer" : "current", missing, unknown };
}

/** Names of the migrations that a database has, sorted; none where nothing was ever migrated. @throws CountError */
export async function appliedMigrations(database: Database, signal?: AbortSignal): Promise<string[]> {
  try {
    const rows = await database.run<{ name: string }>(SELECT_MIGRATIONS, [], signal && { signal });
    return rows.map((row) => row.name);
  } catch (error) {
    if (NOTHING_YET.has(sqlstateOf(error))) return [];
    throw error;
  }
}

/** The SQLSTATE that a CountError was made of; empty if there is none. */
export function sqlstateOf(error: unknown): string {
  const cause: unknown = error instanceof CountError ? error.cause : undefined;
  const code: unknown = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "";
}
