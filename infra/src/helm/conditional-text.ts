import { type Hunk, lineDiff } from "./line-diff.ts";

/** One of several texts that exclude one another, and when it is the right one. */
export interface Case {
  /** A condition of Go's templates. */
  readonly when: string;
  readonly text: string;
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/**
 * A template that is `base`, with what each group of cases changes in it under their conditions. Groups are independent of one
 * another, so they must change different lines.
 *
 * @throws Error when two groups change the same line
 */
export function conditionalText(base: string, groups: readonly (readonly Case[])[]): string {
  const lines = base.split("\n");
  const blocks = groups.flatMap((cases) => blocksOf(lines, cases)).sort((a, b) => a.start - b.start || a.end - b.end);
  const out: string[] = [];
  let at = 0;
  for (const { start, end, lines: block } of blocks) {
    if (start < at) throw new Error(`two options change line ${start + 1}, ${JSON.stringify(lines[start])}`);
    out.push(...lines.slice(at, start), ...block);
    at = end;
  }
  return [...out, ...lines.slice(at)].join("\n");
}

function blocksOf(lines: readonly string[], cases: readonly Case[]): Block[] {
  const changes = cases.map(({ when, text }) => ({ when, hunks: lineDiff(lines, text.split("\n")) }));
  return unions(changes.flatMap(({ hunks }) => hunks)).map(({ start, end }) => {
    const texts: { when: string[]; lines: string[] }[] = [];
    for (const { when, hunks } of changes) {
      const own = hunks.filter((hunk) => hunk.start >= start && hunk.end <= end);
      // A case that changes nothing here has the base's lines, which come last.
      if (own.length === 0) continue;
      const changed = applied(lines, start, end, own);
      const last = texts.at(-1);
      if (last?.lines.join("\n") === changed.join("\n")) last.when.push(when);
      else texts.push({ when: [when], lines: changed });
    }
    const block = texts.flatMap(({ when, lines: changed }, at) => [
      `{{- ${at === 0 ? "if" : "else if"} ${anyOf(when)} }}`,
      ...changed,
    ]);
    if (end > start) block.push("{{- else }}", ...lines.slice(start, end));
    return { start, end, lines: [...block, "{{- end }}"] };
  });
}

function anyOf(conditions: readonly string[]): string {
  const [first = "", ...others] = conditions;
  return others.length === 0 ? first : `or ${conditions.map((one) => `(${one})`).join(" ")}`;
}

function applied(lines: readonly string[], start: number, end: number, hunks: readonly Hunk[]): string[] {
  const out: string[] = [];
  let at = start;
  for (const hunk of hunks) {
    out.push(...lines.slice(at, hunk.start), ...hunk.lines);
    at = hunk.end;
  }
  return [...out, ...lines.slice(at, end)];
}

/** The ranges of hunks, those that touch taken together. */
function unions(hunks: readonly Hunk[]): { start: number; end: number }[] {
  const out: { start: number; end: number }[] = [];
  for (const { start, end } of [...hunks].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = out.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else out.push({ start, end });
  }
  return out;
}
