/** What takes the place of an id. */
const ID = ":id";

/** 42, -7, 3.14 */
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
/** RFC 9562, section 4: any version. */
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** 128 bits in Crockford's base 32, so the first of the 26 characters is at most 7: github.com/ulid/spec. */
const ULID = /^[0-7][\da-hjkmnp-tv-z]{25}$/i;
/** Object ids, digests, trace ids, UUIDs without dashes. No word of 16 letters has only a to f. */
const LONG_HEX = /^[\da-f]{16,}$/i;

/** A concrete path with its ids replaced: `/users/42` → `/users/:id`. A segment is replaced as a whole or not at all. */
export function normalizeIds(path: string): string {
  // Ids have digits, but for a hex that happens to have none.
  if (!/\d|[\da-f]{16}/i.test(path)) return path;
  return path
    .split("/")
    .map((segment) => (isId(segment) ? ID : segment))
    .join("/");
}

function isId(segment: string): boolean {
  return NUMBER.test(segment) || UUID.test(segment) || ULID.test(segment) || LONG_HEX.test(segment);
}
