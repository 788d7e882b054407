/** The path that is counted once a client holds as many keys as it may. */
export const OVERFLOW_PATH = "(overflow)";

/** Length of a path, and of a service, in bytes of UTF-8: what a server takes unless it was told otherwise. */
export const MAX_TEXT_BYTES = 1_024;

/** A path without its query string and fragment. */
export function cutPath(path: string): string {
  const query = path.indexOf("?");
  const fragment = path.indexOf("#");
  if (query < 0 && fragment < 0) return path;
  if (query < 0) return path.slice(0, fragment);
  return path.slice(0, fragment < 0 ? query : Math.min(query, fragment));
}

/** Whether a path, already cut, is 1 to 1,024 bytes of valid UTF-8 without NUL. */
export function isValidPath(path: string): boolean {
  return path.length > 0 && isValidText(path);
}

/** Whether a service is at most 1,024 bytes of valid UTF-8 without NUL. It may be empty. */
export function isValidService(service: string): boolean {
  return isValidText(service);
}

function isValidText(text: string): boolean {
  // A UTF-16 unit is at least one byte, so a long string is refused without being encoded.
  if (text.length > MAX_TEXT_BYTES || Buffer.byteLength(text) > MAX_TEXT_BYTES) return false;
  // A lone surrogate has no UTF-8.
  return !text.includes("\0") && isWellFormed(text);
}

// Node 20 has it, lib es2023 does not.
const wellFormed = (String.prototype as { isWellFormed?: () => boolean }).isWellFormed;

function isWellFormed(text: string): boolean {
  return wellFormed === undefined ? Buffer.from(text).toString() === text : wellFormed.call(text);
}
