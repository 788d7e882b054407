import { type MethodCount, methodName } from "@count/proto";
import { formatPeriod } from "./period.ts";

/** One total, as it is shown. */
export interface TotalsRow {
  /** `2026-11-22`; undefined for the total of a period. */
  readonly date?: string;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly count: bigint;
}

/** Which rows are shown, and in which order. */
export interface Selection {
  /** Any of these; left out: all. */
  readonly service?: readonly string[];
  readonly sort?: "count" | "path";
  readonly top?: number;
}

export function toRow({ date, service, method, path, count }: MethodCount): TotalsRow {
  const name = methodName(method) ?? `METHOD_${method}`;
  return { ...(date ? { date: formatPeriod(date) } : {}), service, method: name, path, count };
}

/** Adds up the rows of several days, in the order in which they first come. */
export function sumDays(rows: readonly TotalsRow[]): TotalsRow[] {
  const sums = new Map<string, { service: string; method: string; path: string; count: bigint }>();
  for (const { service, method, path, count } of rows) {
    // No path and no service has a NUL.
    const key = `${service}\0${method}\0${path}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { service, method, path, count });
    else sum.count += count;
  }
  return [...sums.values()];
}

/** The rows to show, and of how many they were chosen. Rows that compare equal keep the server's order. */
export function select(rows: readonly TotalsRow[], { service, sort, top }: Selection) {
  const kept = service === undefined ? [...rows] : rows.filter((row) => service.includes(row.service));
  const order = sort ?? (top === undefined ? undefined : "count");
  if (order === "count") kept.sort((a, b) => (a.count < b.count ? 1 : a.count > b.count ? -1 : 0));
  if (order === "path") kept.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const total = kept.reduce((sum, { count }) => sum + count, 0n);
  return { rows: top === undefined ? kept : kept.slice(0, top), of: kept.length, total };
}
