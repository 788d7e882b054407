import { methodName, type PathChange, type PathRule, type SetPathRulesResponse } from "@count/proto";
import { escapeControls } from "./escape-controls.ts";
import { ruleText } from "./rules-file.ts";
import { type Column, counted, formatCount, formatTable } from "./table.ts";

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });

/** The rules in their order. */
export function rulesTable(rules: readonly PathRule[]): string {
  const rows = rules.map((rule, index) => {
    const { service, method, to } = ruleText(rule);
    const { case: kind = "", value = "" } = rule.path?.kind ?? {};
    const of = service === undefined ? "(all)" : service === "" ? "(none)" : service;
    return [String(index), method ?? "(all)", of, kind, value, to].map(escapeControls);
  });
  return formatTable([right("RULE"), left("METHOD"), left("SERVICE"), left("KIND"), left("PATH"), left("TO")], rows);
}

/** What is read under another path than before, and how much. */
export function changesTable(answer: SetPathRulesResponse, dryRun: boolean): string {
  const { changes, paths, requests } = answer;
  const would = dryRun ? "would be" : paths === 1n ? "is" : "are";
  if (paths === 0n)
    return `Nothing that is counted ${dryRun ? "would be" : "is"} read under another path than before.\n`;
  const rows = changes.map((change) =>
    [formatCount(change.count), nameOf(change), change.service, change.counted, change.from, change.to].map(
      escapeControls,
    ),
  );
  const titles = [
    right("COUNT"),
    left("METHOD"),
    left("SERVICE"),
    left("COUNTED AS"),
    left("READ AS"),
    left("FROM NOW ON"),
  ];
  const more = changes.length < Number(paths) ? `The first ${formatCount(changes.length)} of them are shown.\n` : "";
  const sum = `${counted(paths, "path")} with ${counted(requests, "request")} ${would} read under another path than before.\n`;
  return `${formatTable(titles, rows)}${sum}${more}`;
}

/** The same for programs. */
export function changesJson({ changes, paths, requests }: SetPathRulesResponse): object {
  return {
    changes: changes.map((change) => ({
      service: change.service,
      method: nameOf(change),
      counted: change.counted,
      from: change.from,
      to: change.to,
      count: change.count,
    })),
    paths,
    requests,
  };
}

function nameOf({ method }: PathChange): string {
  return methodName(method) ?? `METHOD_${method}`;
}
