/**
 * Orders two texts by their bytes in UTF-8, as `Buffer.compare` orders their encodings, without encoding them.
 *
 * This is the order of code points. UTF-16 differs from it only in that surrogates, which stand for the code points from
 * U+10000, come before U+E000 to U+FFFF. Both texts must be well-formed.
 *
 * @returns negative when `a` comes first, positive when `b` does, 0 when they are the same.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves the surrogates (U+D800 to U+DFFF) behind U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2800 : unit;
}
