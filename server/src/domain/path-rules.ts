import type { PathPattern } from "./path-pattern.ts";

/** Requests of some paths are counted under another one. */
export interface PathRule {
  /** Undefined: of all services. */
  readonly service: string | undefined;
  /** Number of count.v1.Method. Undefined: of all methods. */
  readonly method: number | undefined;
  readonly path: PathPattern;
  readonly to: string;
}

/** Rules in their order: of several that match, the first is in force. A path that one leads to is never matched, so none leads on. */
export class PathRules {
  readonly list: readonly PathRule[];
  readonly #targets: ReadonlySet<string>;
  /** By path: most rules name one, and a rule each for a thousand of them should not cost a thousand comparisons. */
  readonly #exact = new Map<string, number[]>();
  readonly #others: number[] = [];

  constructor(list: readonly PathRule[]) {
    this.list = list;
    this.#targets = new Set(list.map(({ to }) => to));
    for (const [index, { path }] of list.entries()) {
      if (path.kind !== "exact") this.#others.push(index);
      else this.#exact.set(path.text, [...(this.#exact.get(path.text) ?? []), index]);
    }
  }

  /** The path under which requests of this one are counted; undefined: its own. */
  target(service: string, method: number, path: string): string | undefined {
    if (this.list.length === 0 || this.#targets.has(path)) return undefined;
    const fits = (index: number): boolean => {
      const rule = this.list[index]!;
      return (rule.service ?? service) === service && (rule.method ?? method) === method && rule.path.matches(path);
    };
    const exact = (this.#exact.get(path) ?? []).find(fits);
    const other = this.#others.find((index) => (exact === undefined || index < exact) && fits(index));
    const first = other ?? exact;
    return first === undefined ? undefined : this.list[first]!.to;
  }
}

export const NO_RULES = new PathRules([]);
