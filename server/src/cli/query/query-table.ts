import type { TotalsAnswer, TotalsAnswerRow } from "../../api/totals-answer.ts";
import { escapeControls } from "../escape-controls.ts";
import { type Column, counted, formatCount, formatTable } from "../table.ts";

const PERIOD_TITLES = { quarter_hour: "TIME", hour: "HOUR", day: "DAY", week: "WEEK", month: "MONTH" } as const;

/** The order of columns: paths are long, so they come last. */
const DIMENSIONS = ["method", "service", "path"] as const;

/** An answer for people. Its last row is the sum of the others. */
export function queryTable({ granularity, by, rows, total, previous_total }: TotalsAnswer): string {
  const left = (title: string): Column => ({ title, align: "left" });
  const right = (title: string): Column => ({ title, align: "right" });
  const period = granularity === "all" ? undefined : PERIOD_TITLES[granularity];
  const compared = previous_total !== undefined;
  const dimensions = DIMENSIONS.filter((name) => by.includes(name));
  const columns = [
    ...(period === undefined ? [] : [left(period)]),
    right("COUNT"),
    ...(compared ? [right("PREVIOUS"), right("CHANGE")] : []),
    ...dimensions.map((name) => left(name.toUpperCase())),
  ];
  const line = (first: string, count: Count, previous: Count | undefined, names: readonly string[]) => [
    ...(period === undefined ? [] : [first]),
    formatCount(BigInt(count)),
    ...(previous === undefined ? [] : [formatCount(BigInt(previous)), change(BigInt(count), BigInt(previous))]),
    ...names,
  ];
  const cells = rows.map((row) => line(row.period, row.count, row.previous_count, names(row, dimensions)));
  const last = dimensions.length - 1;
  const sum = dimensions.map((_, index) => {
    const word = index === 0 && period === undefined ? "TOTAL" : "";
    return index === last ? `${word} (${counted(rows.length, "row")})`.trimStart() : word;
  });
  return formatTable(columns, [...cells, line("TOTAL", total, previous_total, sum)]);
}

type Count = number | string;

function names(row: TotalsAnswerRow, dimensions: readonly (typeof DIMENSIONS)[number][]): string[] {
  // Upper case and in the first column, as TOTAL is: what a method, a service or a path is called looks different there.
  if (row.remainder === true) return dimensions.map((_, index) => (index === 0 ? "OTHERS" : ""));
  return dimensions.map((name) => escapeControls(row[name] ?? ""));
}

/** `+12.5%`, `new`. Rounded to a tenth of a percent, halves away from zero. */
function change(count: bigint, previous: bigint): string {
  if (previous === 0n) return count === 0n ? "" : "new";
  const difference = count < previous ? previous - count : count - previous;
  const size = (difference * 2_000n + previous) / (previous * 2n);
  const sign = size === 0n ? "" : count < previous ? "-" : "+";
  return `${sign}${formatCount(size / 10n)}.${size % 10n}%`;
}
