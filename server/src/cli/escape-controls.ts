/**
 * Characters that a terminal acts on or that make text look like other text: controls (C0, C1, DEL), line separators,
 * and the invisible formatting ones, which include those that turn the direction of writing.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text from the wire made safe to print: `\n`, `\x1b`, `\u{202e}`. A backslash stays as it is. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (char) => NAMED[char] ?? escaped(char.codePointAt(0)!));
}

function escaped(point: number): string {
  const hex = point.toString(16);
  return point < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}
