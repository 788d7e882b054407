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

const SLASH = 47;
const ZERO = 48;
const NINE = 57;
/** The length of the shortest id that is no number. */
const SHORTEST = 16;

/**
 * A concrete path with its ids replaced: `/users/42` → `/users/:id`. A segment is replaced as a whole or not at all.
 *
 * It runs for each request of a host, so nothing is made of segments that are none, which are nearly all.
 */
export function normalizeIds(path: string): string {
  let named = "";
  let done = 0;
  let from = 0;
  for (let at = 0; at <= path.length; at++) {
    if (at < path.length && path.charCodeAt(at) !== SLASH) continue;
    if (isId(path, from, at)) {
      named += path.slice(done, from) + ID;
      done = at;
    }
    from = at + 1;
  }
  return done === 0 ? path : named + path.slice(done);
}

function isId(path: string, from: number, end: number): boolean {
  const length = end - from;
  if (length < SHORTEST && !mayBeNumber(path, from, end)) return false;
  const segment = path.slice(from, end);
  if (NUMBER.test(segment)) return true;
  return length >= SHORTEST && (UUID.test(segment) || ULID.test(segment) || LONG_HEX.test(segment));
}

/** Whether it ends with a digit, as numbers do, and begins as one: `v1` does not. */
function mayBeNumber(path: string, from: number, end: number): boolean {
  return end > from && isDigit(path.charCodeAt(end - 1)) && path.charCodeAt(from) <= NINE;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
