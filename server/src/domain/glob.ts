/**
 * A glob of paths, which fits a path as a whole: `*` stands for any text without a slash, `**` for any text, `?` for one
 * character that is no slash, everything else for itself.
 *
 * The same glob is matched here and, as a regular expression, in the database: `matches` and `source` must agree.
 */
export interface Glob {
  /** Takes time in proportion to the lengths of both, whatever the glob. */
  matches(path: string): boolean;
  /**
   * An anchored regular expression that means the same to PostgreSQL (its advanced ones) and to CockroachDB (RE2). Neither
   * backtracks.
   */
  readonly source: string;
}

type Token = "*" | "**" | "?" | { readonly literal: string };

export function parseGlob(text: string): Glob {
  const tokens = tokenize(text);
  const source = `^${tokens.map(sourceOf).join("")}$`;
  const first = text.search(/[*?]/);
  const prefix = first === -1 ? text : text.slice(0, first);
  return { source, matches: (path) => path.startsWith(prefix) && simulate(tokens, path) };
}

/** A text that stands for itself in such a regular expression. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.[\]|()*+?{}]/g, "\\$&");
}

function tokenize(text: string): Token[] {
  return Array.from(text.matchAll(/\*+|\?|./gsu), ([part]): Token => {
    if (part === "?" || part === "*") return part;
    return part.startsWith("*") ? "**" : { literal: part };
  });
}

function sourceOf(token: Token): string {
  // In both databases a negated class matches a line feed; the dot does only in one of them.
  if (token === "**") return "(?:.|\n)*";
  if (token === "*") return "[^/]*";
  return token === "?" ? "[^/]" : escapeRegex(token.literal);
}

/** Follows all ways through the tokens at once: `alive[n]` says whether the first n tokens fit what was read so far. */
function simulate(tokens: readonly Token[], path: string): boolean {
  let alive = new Uint8Array(tokens.length + 1);
  let next = new Uint8Array(tokens.length + 1);
  alive[0] = 1;
  skipStars(tokens, alive);
  for (const char of path) {
    next.fill(0);
    for (let at = 0; at < tokens.length; at++) {
      if (alive[at] === 0) continue;
      const token = tokens[at]!;
      if (token === "**" || (token === "*" && char !== "/")) next[at] = 1;
      else if (token === "?" ? char !== "/" : typeof token === "object" && token.literal === char) next[at + 1] = 1;
    }
    skipStars(tokens, next);
    [alive, next] = [next, alive];
  }
  return alive[tokens.length] === 1;
}

/** A star may stand for nothing. */
function skipStars(tokens: readonly Token[], alive: Uint8Array): void {
  for (let at = 0; at < tokens.length; at++) {
    if (alive[at] === 1 && (tokens[at] === "*" || tokens[at] === "**")) alive[at + 1] = 1;
  }
}
