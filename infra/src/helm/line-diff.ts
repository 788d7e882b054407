/** Lines [start, end) of the base, and what stands in their place. */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/**
 * How `other` differs from `base`, by a longest common subsequence: quadratic, which is nothing for files of a few hundred
 * lines.
 */
export function lineDiff(base: readonly string[], other: readonly string[]): Hunk[] {
  const common = lengths(base, other);
  const hunks: Hunk[] = [];
  let [at, to] = [0, 0];
  while (at < base.length || to < other.length) {
    if (at < base.length && to < other.length && base[at] === other[to]) {
      at++;
      to++;
      continue;
    }
    const [start, from] = [at, to];
    while (
      (at < base.length || to < other.length) &&
      !(at < base.length && to < other.length && base[at] === other[to])
    ) {
      if (to === other.length || (at < base.length && common[at + 1]![to]! >= common[at]![to + 1]!)) at++;
      else to++;
    }
    hunks.push({ start, end: at, lines: other.slice(from, to) });
  }
  return hunks;
}

/** Of the common subsequence of the rests from (i, j) on. */
function lengths(base: readonly string[], other: readonly string[]): number[][] {
  const table = Array.from({ length: base.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let i = base.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      table[i]![j] = base[i] === other[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
    }
  }
  return table;
}
