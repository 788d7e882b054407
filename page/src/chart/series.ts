import { type Row, type Totals, toNumber } from "../data/answer.ts";
import type { Stack } from "../state/view.ts";

/** One colour of the chart. */
export interface Series {
  /** The service or method; undefined for what the others have, and for a chart that is not stacked. */
  readonly key: string | undefined;
  readonly label: string;
  /** A request count for each period. */
  readonly values: readonly number[];
  readonly total: number;
  readonly remainder: boolean;
}

/** What requests without a service are called. */
export const NO_SERVICE = "(no service)";

export function labelOf(stack: Stack, key: string): string {
  return stack === "service" && key === "" ? NO_SERVICE : key;
}

/** The series of an answer, largest first, what the others have last. */
export function seriesOf(totals: Totals, stack: Stack): Series[] {
  const index = new Map(totals.periods.map(({ name }, at) => [name, at]));
  const found = new Map<string, { key: string | undefined; remainder: boolean; values: number[] }>();
  for (const row of totals.rows) {
    const key = keyOf(row, stack);
    const id = row.remainder === true ? "remainder" : `key ${key ?? ""}`;
    let series = found.get(id);
    if (series === undefined) {
      series = { key, remainder: row.remainder === true, values: totals.periods.map(() => 0) };
      found.set(id, series);
    }
    const at = index.get(row.period);
    if (at !== undefined) series.values[at] = (series.values[at] ?? 0) + toNumber(row.count);
  }
  return [...found.values()]
    .map((series) => ({ ...series, total: series.values.reduce((sum, value) => sum + value, 0) }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => Number(a.remainder) - Number(b.remainder) || b.total - a.total)
    .map((series) => ({
      ...series,
      label: series.remainder ? "Other" : series.key === undefined ? "Requests" : labelOf(stack, series.key),
    }));
}

function keyOf(row: Row, stack: Stack): string | undefined {
  return row.remainder === true || stack === "none" ? undefined : row[stack];
}
