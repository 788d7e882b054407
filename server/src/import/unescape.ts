const BACKSLASH = 0x5c;

/** What Apache's ap_escape_logitem writes with a letter. */
const LETTERS: ReadonlyMap<number, number> = new Map(
  Object.entries({ b: 0x08, n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b, "\\": BACKSLASH, '"': 0x22 }).map(([letter, byte]) => [
    letter.charCodeAt(0),
    byte,
  ]),
);

/**
 * The bytes that a client sent, from the form in which Apache and nginx log them: `\"`, `\\`, `\n` and the like, and
 * `\xHH`. A backslash before anything else stands for itself.
 */
export function unescapeLogged(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH || at + 1 === bytes.length) {
      out[length++] = byte;
      continue;
    }
    const letter = LETTERS.get(bytes[at + 1]!);
    if (letter !== undefined) {
      out[length++] = letter;
      at += 1;
      continue;
    }
    const value = bytes[at + 1] === 0x78 ? hexDigit(bytes[at + 2]) * 16 + hexDigit(bytes[at + 3]) : Number.NaN;
    if (Number.isNaN(value)) {
      out[length++] = byte;
    } else {
      out[length++] = value;
      at += 3;
    }
  }
  return out.subarray(0, length);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return Number.NaN;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : Number.NaN;
}
