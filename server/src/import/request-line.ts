import { isUtf8 } from "node:buffer";
import { type Method, methodFromName } from "@count/proto";
import type { Refusal } from "./refusal.ts";

/** No method of any standard is half as long. */
const MAX_METHOD_BYTES = 32;
const SPACE = 0x20;
const SLASH = 0x2f;
const ASTERISK = 0x2a;

export interface Request {
  readonly method: Method;
  /** Without query string and fragment. */
  readonly path: string;
}

/**
 * The method and path of a request line such as `GET /a?b=1 HTTP/1.1`, in the bytes that the client sent.
 *
 * The target may be a path, a whole URL (to a proxy), an authority (CONNECT) or `*` (RFC 9112, 3.2). The version may be
 * missing when the target is a path, as in HTTP/0.9. A space inside the target is kept: such requests do come in.
 *
 * @param maxPathBytes of UTF-8; a longer path is refused.
 */
export function parseRequestLine(bytes: Buffer, start: number, end: number, maxPathBytes: number): Request | Refusal {
  const space = tokenEnd(bytes, start, Math.min(end, start + MAX_METHOD_BYTES));
  if (space === start || bytes[space] !== SPACE || space >= end) return "no-request-line";
  const versionAt = versionStart(bytes, space, end);
  let from = space + 1;
  const to = versionAt === -1 ? end : versionAt;
  if (versionAt === -1 && bytes[from] !== SLASH) return "no-request-line";
  if (from >= to) return "no-request-line";

  const cut = cutQuery(bytes, from, to);
  if (bytes[from] !== SLASH && bytes[from] !== ASTERISK) {
    from = pathOfUrl(bytes, from, cut);
    if (from === -1) return { method: methodFromName(bytes.toString("latin1", start, space)), path: "/" };
  }
  const path = decodePath(bytes, from, cut, maxPathBytes);
  return typeof path === "string"
    ? { method: methodFromName(bytes.toString("latin1", start, space)), path }
    : path.refusal;
}

/** The end of the token (RFC 9110, 5.6.2) at `start`. */
function tokenEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && TOKEN[bytes[at]!] === 1) at++;
  return at;
}

const TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN[char.charCodeAt(0)] = 1;
}

/** Where the space before a last ` HTTP/1.1`, ` HTTP/2.0`, ` HTTP/2` is, or -1. It is after `from`, or `from` itself. */
function versionStart(bytes: Buffer, from: number, end: number): number {
  const space = bytes.lastIndexOf(SPACE, end - 1);
  const length = end - space;
  if (space < from || (length !== 9 && length !== 7)) return -1;
  if (bytes.toString("latin1", space + 1, space + 6) !== "HTTP/" || !isDigit(bytes[space + 6]!)) return -1;
  return length === 7 || (bytes[space + 7] === 0x2e && isDigit(bytes[space + 8]!)) ? space : -1;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where the query string or the fragment begins. */
function cutQuery(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    if (bytes[at] === 0x3f || bytes[at] === 0x23) return at;
  }
  return to;
}

/** Where the path of `http://host/path` begins, -1 when it has none, and `from` when it is no URL. */
function pathOfUrl(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && TOKEN[bytes[at]!] === 1) at++;
  if (at === from || bytes[at] !== 0x3a || bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH || at + 3 >= to) {
    return from;
  }
  const path = bytes.indexOf(SLASH, at + 3);
  return path === -1 || path >= to ? -1 : path;
}

function decodePath(
  bytes: Buffer,
  from: number,
  to: number,
  maxPathBytes: number,
): string | { readonly refusal: Refusal } {
  if (from === to) return { refusal: "path-empty" };
  if (to - from > maxPathBytes) return { refusal: "path-too-long" };
  let all = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === 0) return { refusal: "path-nul" };
    all |= byte;
  }
  if (all < 0x80) return bytes.toString("latin1", from, to);
  return isUtf8(bytes.subarray(from, to)) ? bytes.toString("utf8", from, to) : { refusal: "path-not-utf8" };
}
