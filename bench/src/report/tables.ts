import { columns, figure, mebibytes } from "./format.ts";
import type { CandidateSummary, RatioSummary, Summary } from "./summary.ts";

const SPREAD = ["min", "median", "max"];

/** The figures of one measure, and their ratios, for people. */
export function tables(summary: Summary): string {
  const { title, unit, events, candidates, ratios } = summary;
  const head = [
    unit,
    ...SPREAD,
    ...Object.keys(candidates[0]?.more ?? {}).flatMap((name) => [`${name}: ${SPREAD[0]}`, ...SPREAD.slice(1)]),
    `CPU s/M ${events}: server`,
    "PostgreSQL",
    "client",
    "WAL B/event",
    "peak MiB: server",
    "client",
  ];
  const failures = candidates.flatMap(({ name, failure }) =>
    failure === undefined ? [] : `  ${name} was left out: ${failure}\n`,
  );
  const measured = candidates.filter(({ failure }) => failure === undefined);
  return [
    `\n${title}\n`,
    columns([head, ...measured.map(candidateRow)]),
    ...failures,
    "\n",
    ratios.length === 0 ? "" : columns([["round by round", ...SPREAD, "aim", ""], ...ratios.map(ratioRow)]),
  ].join("");
}

function candidateRow({
  name,
  figure: spread,
  more,
  cpuSecondsPerMillion: cpu,
  walBytesPerEvent,
  peakBytes,
}: CandidateSummary) {
  return [
    name,
    ...[spread, ...Object.values(more)].flatMap((one) => [figure(one?.min), figure(one?.median), figure(one?.max)]),
    figure(cpu.server),
    figure(cpu.postgres),
    figure(cpu.client),
    figure(walBytesPerEvent),
    mebibytes(peakBytes.server),
    mebibytes(peakBytes.client),
  ];
}

function ratioRow({ name, spread, aim, met }: RatioSummary): string[] {
  const verdict = met === undefined ? "" : met ? "met" : "missed";
  return [name, figure(spread.min), figure(spread.median), figure(spread.max), wanted(aim), verdict];
}

function wanted(aim: RatioSummary["aim"]): string {
  if (aim === undefined) return "";
  if ("within" in aim) return "≤ noise";
  return "atLeast" in aim ? `≥ ${figure(aim.atLeast)}` : `≤ ${figure(aim.atMost)}`;
}
