import { columns, figure, mebibytes } from "./format.ts";
import type { CandidateSummary, RatioSummary, Summary } from "./summary.ts";

/** The figures of one measure, and their ratios, for people. */
export function tables(summary: Summary): string {
  const { title, unit, events, candidates, ratios } = summary;
  const head = [
    unit,
    "min",
    "median",
    "max",
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
    ratios.length === 0
      ? ""
      : columns([["ratio, round by round", "min", "median", "max", "aim", ""], ...ratios.map(ratioRow)]),
  ].join("");
}

function candidateRow({
  name,
  figure: spread,
  cpuSecondsPerMillion: cpu,
  walBytesPerEvent,
  peakBytes,
}: CandidateSummary) {
  return [
    name,
    figure(spread?.min),
    figure(spread?.median),
    figure(spread?.max),
    figure(cpu.server),
    figure(cpu.postgres),
    figure(cpu.client),
    figure(walBytesPerEvent),
    mebibytes(peakBytes.server),
    mebibytes(peakBytes.client),
  ];
}

function ratioRow({ name, spread, aim, met }: RatioSummary): string[] {
  const wanted = aim === undefined ? "" : "atLeast" in aim ? `≥ ${figure(aim.atLeast)}` : `≤ ${figure(aim.atMost)}`;
  const verdict = met === undefined ? "" : met ? "met" : "missed";
  return [name, figure(spread.min), figure(spread.median), figure(spread.max), wanted, verdict];
}
