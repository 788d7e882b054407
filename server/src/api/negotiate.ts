/** What a request says that it takes. */

/** Whether an Accept header prefers CSV to JSON; of two that are as welcome, JSON. */
export function prefersCsv(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  return quality(accept, ["text/csv", "text/*"]) > quality(accept, ["application/json", "application/*", "*/*"]);
}

/** Whether an Accept-Encoding header allows gzip. */
export function acceptsGzip(accept: string | undefined): boolean {
  return accept !== undefined && quality(accept, ["gzip", "*"]) > 0;
}

/** Whether one of the tags of an If-None-Match header is this one, compared weakly (RFC 9110, 13.1.2). */
export function matchesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const bare = (text: string) => text.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((text) => text.trim() === "*" || bare(text) === bare(tag));
}

/** The q of the first of these names that a header lists; 0 when it lists none. */
function quality(header: string, names: readonly string[]): number {
  const listed = new Map<string, number>();
  for (const item of header.toLowerCase().split(",")) {
    const [name = "", ...options] = item.split(";").map((part) => part.trim());
    const q = options.find((option) => option.startsWith("q="));
    const value = q === undefined ? 1 : Number(q.slice(2));
    listed.set(name, Number.isFinite(value) ? value : 0);
  }
  for (const name of names) {
    const value = listed.get(name);
    if (value !== undefined) return value;
  }
  return 0;
}
