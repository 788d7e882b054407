import { MAX_TEXT_BYTES, normalizeIds } from "@count/client/parts";
import { readOpenApi } from "./openapi.ts";
import { PathTree } from "./path-tree.ts";
import { type RouteRule, readRulesFile } from "./rules-file.ts";

/** The path under which a request is counted; undefined: it is not counted. */
export type PathNamer = (target: string) => string | undefined;

export const UNMATCHED = "(unmatched)";

/** Concrete paths whose names are remembered: a tree takes 1 µs, a map a tenth of it. */
const MAX_REMEMBERED = 2_000;
/** Longer ones are not remembered. */
const MAX_REMEMBERED_LENGTH = 256;

export interface PathNamerFiles {
  readonly rulesFile: string | undefined;
  readonly openapiFile: string | undefined;
}

/**
 * Names paths by the templates of the files, the rules' before the document's; without files by replacing ids.
 *
 * @throws CountError `invalid` naming file and fault.
 */
export function openPathNamer({ rulesFile, openapiFile }: PathNamerFiles): PathNamer {
  if (rulesFile === undefined && openapiFile === undefined) return remembering(normalized);
  const file = rulesFile === undefined ? undefined : readRulesFile(rulesFile);
  const trees = [file?.rules ?? [], openapiFile === undefined ? [] : readOpenApi(openapiFile)].map(
    (rules) => new PathTree<RouteRule>(rules.map((rule) => ({ template: rule.template, value: rule }))),
  );
  return remembering((path) => {
    for (const tree of trees) {
      const rule = tree.find(path);
      if (rule !== undefined) return rule.counted;
    }
    return file?.otherwise === "normalize" ? normalized(path) : UNMATCHED;
  });
}

function normalized(path: string): string {
  const name = normalizeIds(path);
  // What the client would drop is counted all the same: one long path more or less says nothing, the request does.
  return Buffer.byteLength(name) > MAX_TEXT_BYTES ? UNMATCHED : name;
}

/** @param name of a path that begins with a slash and has no query string */
function remembering(name: (path: string) => string | undefined): PathNamer {
  const known = new Map<string, string | undefined>();
  return (target) => {
    const path = pathOf(target);
    const counted = known.get(path);
    if (counted !== undefined || known.has(path)) return counted;
    const fresh = path.startsWith("/") ? name(path) : UNMATCHED;
    if (path.length <= MAX_REMEMBERED_LENGTH) {
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(path, fresh);
    }
    return fresh;
  };
}

/** The path of a request target (RFC 9112, section 3.2): `/a?b` → `/a`, `http://host/a` → `/a`; `*` and `host:port` stay. */
function pathOf(target: string): string {
  let start = 0;
  if (target.charCodeAt(0) !== 0x2f) {
    const scheme = /^https?:\/\/[^/?#]*/i.exec(target);
    if (scheme === null) return target;
    start = scheme[0].length;
  }
  let end = target.indexOf("?", start);
  const fragment = target.indexOf("#", start);
  if (end < 0 || (fragment >= 0 && fragment < end)) end = fragment;
  const path = target.slice(start, end < 0 ? undefined : end);
  return path === "" ? "/" : path;
}
