import type { Database } from "../db/database.ts";
import { findOriginals } from "../db/original-tables.ts";
import { type SchemaState, schemaState } from "../db/schema-version.ts";
import { takeOverIsUnfinished } from "../db/take-over.ts";
import { type Finding, ok, skipped, wrong } from "./finding.ts";

/** Whether the schema is the one that this build's statements are for. */
export async function checkSchema(database: Database, signal: AbortSignal): Promise<Finding[]> {
  const { inCount: foreign, begun } = await findOriginals(database, signal);
  if (begun && (await takeOverIsUnfinished(database, signal))) {
    return [
      wrong(
        "schema.tables",
        "taking over the original Count's counts was begun and is not finished: a part of them is missing",
        "Run `count migrate --take-over` again: it goes on where it was.",
      ),
      skipped("schema.migrations", "not looked at, with a take-over under way"),
    ];
  }
  if (foreign.length > 0) {
    return [
      wrong(
        "schema.tables",
        `the schema count has the tables of the original Count (${foreign.join(", ")})`,
        "Stop every original server, then run `count migrate --take-over`: it keeps their tables and counts.",
      ),
      skipped("schema.migrations", "not looked at, with the original's tables there"),
    ];
  }
  return [ok("schema.tables", "no table of another program's"), migrations(await schemaState(database, { signal }))];
}

function migrations({ state, missing, unknown }: SchemaState): Finding {
  const id = "schema.migrations";
  if (state === "current") return ok(id, "current");
  if (state === "newer") return ok(id, `newer than this build, which is fine: ${unknown.join(", ")}`);
  if (unknown.length > 0) {
    return wrong(
      id,
      `it lacks ${missing.join(", ")}, and has ${unknown.join(", ")}, which this build does not know`,
      "This database was migrated by a build of another line: run `count migrate` with the build that made it.",
    );
  }
  return wrong(id, `older than this build: it lacks ${missing.join(", ")}`, "Run `count migrate`.");
}
