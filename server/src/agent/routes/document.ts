import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { CountError } from "../../domain/count-error.ts";

/** Aliases that a document may expand to: what is more is an attack by size. */
const MAX_ALIASES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** What a YAML or JSON file holds (JSON is YAML). @throws CountError `invalid` naming the file. */
export function readDocument(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    if (text.length > MAX_BYTES) throw new Error(`it has ${text.length} characters; accepted are ${MAX_BYTES}`);
    return parse(text, { maxAliasCount: MAX_ALIASES, prettyErrors: true, logLevel: "error" });
  } catch (error) {
    throw new CountError(
      "invalid",
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
