import { LOG_TIME_BYTES, parseLogTime } from "./log-time.ts";
import type { Refusal } from "./refusal.ts";
import { parseRequestLine, type Request } from "./request-line.ts";
import { unescapeLogged } from "./unescape.ts";

export interface LoggedRequest extends Request {
  /** When the request arrived, in whole seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
}

const QUOTE = 0x22;
const SPACE = 0x20;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/**
 * The request of one line of an access log, or why it has none.
 *
 * The Common Log Format is `host identity user [time] "request line" status size`. The Combined one has the referrer and
 * the user agent after it, and other servers add fields of their own before (`vhost_combined`) or after; they are not
 * looked at. Each byte is looked at a bounded number of times, whatever the line.
 *
 * Escaped quotes are part of the request line. So is a quote that is not followed by a status and a size: not every server
 * escapes them.
 */
export function parseLogLine(bytes: Buffer, start: number, end: number, maxPathBytes: number): LoggedRequest | Refusal {
  const close = closingBracket(bytes, start, end);
  if (close === -1) return "no-log-line";
  const time = close - LOG_TIME_BYTES;
  if (time - 1 < start || bytes[time - 1] !== OPEN) return "time-invalid";
  if (!hasThreeFields(bytes, start, time - 1)) return "no-log-line";
  const from = close + 3;
  let escaped = false;
  for (let at = from; at < end; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) {
      escaped = true;
      at += 1;
    } else if (byte === QUOTE && hasStatusAndSize(bytes, at + 1, end)) {
      const seconds = parseLogTime(bytes, time);
      if (seconds === undefined) return "time-invalid";
      const request = escaped
        ? parseEscaped(bytes.subarray(from, at), maxPathBytes)
        : parseRequestLine(bytes, from, at, maxPathBytes);
      return typeof request === "string" ? request : { method: request.method, path: request.path, seconds };
    }
  }
  return "no-log-line";
}

function parseEscaped(escaped: Buffer, maxPathBytes: number): Request | Refusal {
  const line = unescapeLogged(escaped);
  return parseRequestLine(line, 0, line.length, maxPathBytes);
}

/** Where the first `] "` is. A user name cannot have one, as servers escape its quotes. */
function closingBracket(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end - 2; at++) {
    if (bytes[at] === CLOSE && bytes[at + 1] === SPACE && bytes[at + 2] === QUOTE) return at;
  }
  return -1;
}

/** Whether `host identity user ` comes before the time. A user name may have spaces. */
function hasThreeFields(bytes: Buffer, start: number, end: number): boolean {
  let spaces = 0;
  for (let at = start; at < end && spaces < 3; at++) {
    if (bytes[at] === SPACE) spaces += 1;
  }
  return spaces === 3 && bytes[end - 1] === SPACE && bytes[start] !== SPACE;
}

/** Whether ` 200 1234` is at `at`: a status of three digits and a size, either of which may be `-`. */
function hasStatusAndSize(bytes: Buffer, at: number, end: number): boolean {
  if (at + 3 >= end || bytes[at] !== SPACE) return false;
  let next = at + 1;
  if (bytes[next] === MINUS) next += 1;
  else if (digits(bytes, next, end) === 3) next += 3;
  else return false;
  if (bytes[next] !== SPACE || next + 1 >= end) return false;
  next += 1;
  next += bytes[next] === MINUS ? 1 : digits(bytes, next, Math.min(end, next + 20));
  return bytes[next - 1] !== SPACE && (next === end || bytes[next] === SPACE);
}

/** How many digits there are at `at`, up to `end`. */
function digits(bytes: Buffer, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next]! >= 0x30 && bytes[next]! <= 0x39) next++;
  return next - at;
}
