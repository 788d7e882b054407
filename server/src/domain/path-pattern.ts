import type { PathFilter } from "@count/proto";
import { CountError } from "./count-error.ts";
import { escapeRegex, parseGlob } from "./glob.ts";
import { HIGHEST_MAX_PATH_BYTES } from "./limits.ts";

/** Which paths a PathFilter means. */
export interface PathPattern {
  readonly kind: "exact" | "prefix" | "glob";
  readonly text: string;
  matches(path: string): boolean;
  /** The same as a regular expression for the database: see `Glob.source`. */
  readonly source: string;
}

/**
 * @param field its name in the request, for the error
 * @throws CountError `invalid`
 */
export function pathPattern(field: string, { kind: filter }: PathFilter): PathPattern {
  if (filter.case === undefined) {
    throw new CountError("invalid", `${field}: one of exact, prefix and glob is required`);
  }
  const { case: kind, value: text } = filter;
  checkText(`${field}.${kind}`, text);
  if (kind !== "prefix" && text === "") throw new CountError("invalid", `${field}.${kind} is empty; it is required`);
  if (kind === "glob") return { kind, text, ...parseGlob(text) };
  const isExact = kind === "exact";
  return {
    kind,
    text,
    matches: isExact ? (path) => path === text : (path) => path.startsWith(text),
    source: `^${escapeRegex(text)}${isExact ? "$" : ""}`,
  };
}

/** Text that is compared with paths or services: the database takes no NUL. @throws CountError `invalid` */
export function checkText(field: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > HIGHEST_MAX_PATH_BYTES) {
    throw new CountError("invalid", `${field} has ${bytes} bytes; accepted are at most ${HIGHEST_MAX_PATH_BYTES}`);
  }
  if (text.includes("\0")) {
    throw new CountError("invalid", `${field} ${JSON.stringify(text)} has a NUL; accepted is text without`);
  }
}
