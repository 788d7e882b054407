import { methodName } from "@count/proto";
import { formatDay } from "../domain/day.ts";
import type { ImportEnd } from "../import/import-logs.ts";
import { REFUSALS, type Refusal } from "../import/refusal.ts";
import { MAX_PATHS_TOLD_APART, type RefusedTally, type Tally } from "../import/tally.ts";
import { escapeControls } from "./escape-controls.ts";
import { counted, formatCount, formatTable } from "./table.ts";

/** More days than these are not listed one by one for people. */
const MAX_DAYS_LISTED = 31;

export interface ImportResult {
  /** Names, by index. */
  readonly sources: readonly string[];
  /** Undefined when nothing was to be sent. */
  readonly server: string | undefined;
  /** By which call; undefined when nothing was to be sent. Only `record` counts once what is imported twice. */
  readonly delivery: "record" | "add" | undefined;
  readonly service: string;
  readonly tally: Tally;
  readonly end: ImportEnd;
  /** What else the user should know. */
  readonly warnings: readonly string[];
}

const REASONS = Object.keys(REFUSALS) as Refusal[];

/**
 * For programs. `lines` is the sum of counted, countedBefore, refused, blank, uncertain and unsent. The days and methods are of the
 * lines that are counted, and of those that the server refused without saying which they are (`daysIncludeRefused`).
 */
export function importJson({ sources, server, delivery, service, tally, end }: ImportResult): object {
  return {
    files: sources,
    server: server ?? null,
    dryRun: server === undefined,
    countsOnce: delivery === undefined ? null : delivery === "record",
    service,
    lines: tally.lines,
    counted: tally.countedRequests,
    countedBefore: tally.knownRequests,
    refused: tally.refusedLines,
    blank: tally.blank,
    uncertain: tally.uncertainRequests,
    unsent: tally.unsentRequests,
    refusals: refusalsOf(tally).map(({ reason, count, examples, serverReasons }) => ({
      reason,
      text: REFUSALS[reason],
      count,
      ...(serverReasons === undefined ? {} : { serverReasons: Object.fromEntries(serverReasons) }),
      first: examples.map(({ source, line, detail }) => ({
        file: sources[source],
        line,
        ...(detail === "" ? {} : { detail }),
      })),
    })),
    days: daysOf(tally).map(([day, requests]) => ({ day, requests })),
    methods: Object.fromEntries(methodsOf(tally)),
    daysIncludeRefused: tally.refusedUnplaced,
    paths: tally.paths,
    pathsAreAtLeast: tally.paths >= MAX_PATHS_TOLD_APART,
    interrupted: end.interrupted,
    failure: end.failure?.message ?? null,
    faults: end.faults.map(({ source, error }) => ({ file: source, message: error.message })),
  };
}

/** For people. */
export function importText(result: ImportResult): string {
  const { server, tally, sources } = result;
  const names = sources.length > 3 ? `${sources.length} files` : sources.map(escapeControls).join(", ");
  const parts = [
    server === undefined ? `What importing ${names} would count:\n` : `Imported ${names} into ${server}:\n`,
    figures(tally),
    refusals(result),
    days(tally),
  ];
  if (tally.refusedUnplaced > 0) {
    const those = counted(tally.refusedUnplaced, "line");
    parts.push(`Days and methods include the ${those} that the server refused: it does not say which they are.\n`);
  }
  if (tally.countedRequests > 0) {
    const methods = methodsOf(tally).map(([name, requests]) => `${name} ${formatCount(requests)}`);
    const atLeast = tally.paths >= MAX_PATHS_TOLD_APART ? "at least " : "";
    parts.push(`Methods: ${methods.join(", ")}. Different paths: ${atLeast}${formatCount(tally.paths)}.\n`);
    if (server !== undefined) parts.push(nextStep(tally));
  }
  return parts.filter((part) => part !== "").join("\n");
}

function figures(tally: Tally): string {
  const rows: [string, number][] = [
    ["lines", tally.lines],
    ["counted", tally.countedRequests],
    ["refused", tally.refusedLines],
  ];
  if (tally.knownRequests > 0) rows.splice(2, 0, ["already counted before", tally.knownRequests]);
  if (tally.blank > 0) rows.push(["blank", tally.blank]);
  if (tally.uncertainRequests > 0) rows.push(["uncertain: sent, not answered", tally.uncertainRequests]);
  if (tally.unsentRequests > 0) rows.push(["not sent", tally.unsentRequests]);
  const width = Math.max(...rows.map(([, count]) => formatCount(count).length));
  return rows.map(([name, count]) => `  ${formatCount(count).padStart(width)}  ${name}\n`).join("");
}

function refusals({ tally, sources }: ImportResult): string {
  const entries = refusalsOf(tally);
  if (entries.length === 0) return "";
  const lines = entries.flatMap(({ reason, count, examples, serverReasons }) => [
    `  ${counted(count, "line")}: ${REFUSALS[reason]}${serverReasons === undefined ? "" : ` (${reasonList(serverReasons)})`}`,
    ...examples.map(({ source, line, detail }) => {
      const where = `${escapeControls(sources[source] ?? "")}:${line}`;
      return `    ${where}${detail === "" ? "" : `  ${escapeControls(detail)}`}`;
    }),
    ...(examples.length > 0 && count > examples.length ? ["    …"] : []),
  ]);
  return `Refused:\n${lines.join("\n")}\n`;
}

function days(tally: Tally): string {
  const entries = daysOf(tally);
  if (entries.length > MAX_DAYS_LISTED) {
    return `${formatCount(entries.length)} days, ${entries[0]![0]} to ${entries.at(-1)![0]}.\n`;
  }
  if (entries.length === 0) return "";
  return formatTable(
    [
      { title: "DAY", align: "left" },
      { title: "REQUESTS", align: "right" },
    ],
    entries.map(([day, requests]) => [day, formatCount(requests)]),
  );
}

function nextStep(tally: Tally): string {
  const last = daysOf(tally).at(-1)![0];
  return `Next: \`count rollup\` closes the days, \`count totals --period ${last.slice(0, 7)} --top 10\` shows them.\n`;
}

function reasonList(reasons: ReadonlyMap<string, number>): string {
  return [...reasons].map(([reason, count]) => `${reason.replaceAll("_", " ")} ${formatCount(count)}`).join(", ");
}

interface ReportedRefusal extends RefusedTally {
  readonly reason: Refusal;
  /** How many the server refused without saying which, by its name of the reason. */
  readonly serverReasons?: ReadonlyMap<string, number>;
}

function refusalsOf({ refusals, serverReasons, refusedByServers }: Tally): ReportedRefusal[] {
  return REASONS.flatMap((reason): ReportedRefusal[] => {
    const { count, examples } = refusals.get(reason) ?? { count: 0, examples: [] };
    if (reason === "server" && refusedByServers > 0) {
      return [{ reason, count: count + refusedByServers, examples, serverReasons }];
    }
    return count === 0 ? [] : [{ reason, count, examples }];
  });
}

function daysOf(tally: Tally): [day: string, requests: number][] {
  return [...tally.days].sort(([a], [b]) => a - b).map(([day, requests]) => [formatDay(day), requests]);
}

/** Most requested first. */
function methodsOf(tally: Tally): [name: string, requests: number][] {
  return [...tally.methods]
    .sort(([, a], [, b]) => b - a)
    .map(([method, requests]) => [methodName(method) ?? `METHOD_${method}`, requests]);
}
