import type { Finding, FindingState } from "../doctor/finding.ts";
import { escapeControls } from "./escape-controls.ts";
import { counted } from "./table.ts";

/** For people, in capitals what needs them. */
const WORDS: Readonly<Record<FindingState, string>> = {
  ok: "ok",
  warning: "WARNING",
  wrong: "WRONG",
  skipped: "skipped",
};
const STATE_WIDTH = 7;

/** A line for each finding, with the next step under it, and a line that says how many need somebody. */
export function doctorText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ id }) => id.length)) + 2;
  const indent = " ".repeat(STATE_WIDTH + width + 4);
  const told = findings.filter(({ state, says }, at) => {
    const before = findings[at - 1];
    // What was skipped for one reason is one line: what is wrong should not be lost among what was not looked at.
    return !(state === "skipped" && before?.state === "skipped" && before.says === says);
  });
  const lines = told.map((finding) => {
    const { state, says, next } = finding;
    const id = state === "skipped" ? skippedIds(findings, finding) : finding.id;
    const line = `${WORDS[state].padEnd(STATE_WIDTH)}  ${id.padEnd(width)}  ${escapeControls(says)}\n`;
    return next === undefined ? line : `${line}${indent}→ ${escapeControls(next)}\n`;
  });
  const { wrong, warning } = tally(findings);
  const verdict = wrong + warning === 0 ? "Nothing is wrong." : `${wrong} wrong, ${counted(warning, "warning")}.`;
  return `${lines.join("")}\n${verdict}\n`;
}

/** `schema.tables …`: the first of several in a row. */
function skippedIds(findings: readonly Finding[], first: Finding): string {
  const after = findings[findings.indexOf(first) + 1];
  return after?.state === "skipped" && after.says === first.says ? `${first.id} …` : first.id;
}

/** For programs. */
export function doctorObject(findings: readonly Finding[]): object {
  const { wrong, warning } = tally(findings);
  return { ok: wrong === 0, wrong, warnings: warning, findings };
}

export function tally(findings: readonly Finding[]): Readonly<Record<FindingState, number>> {
  const counts = { ok: 0, warning: 0, wrong: 0, skipped: 0 };
  for (const { state } of findings) counts[state] += 1;
  return counts;
}
