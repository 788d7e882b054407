import type { QueryTotalsRow } from "../../db/sql/query-totals.ts";
import type { TotalsAnswer, TotalsAnswerRow } from "./answer.ts";
import { pageToken } from "./page-token.ts";
import type { TotalsQuery } from "./query.ts";

/** The periods in which the rows of a page are looked for: [first, end). */
export interface PageWindow {
  readonly first: number;
  readonly end: number;
}

/** Rows that a period is taken to have at first. */
const GUESSED_ROWS = 100;

/**
 * Where the rows of a page are looked for at first. A page needs a few of many periods: to add up the others, too, would make
 * every page of a year as slow as the whole year.
 */
export function firstWindow({ boundaries, from, pageSize, top, groupBy }: TotalsQuery): PageWindow {
  const periods = boundaries.length - 1;
  if (top !== undefined) return { first: 0, end: periods };
  const first = from?.period ?? 0;
  const width = groupBy.length === 0 ? pageSize : (from?.window ?? Math.ceil(pageSize / GUESSED_ROWS));
  return { first, end: Math.min(first + width, periods) };
}

/**
 * A window that is likely to hold a page, when the last one held less than half of one. Undefined: it did, or there is nothing
 * beyond.
 *
 * @param found rows in the window
 */
export function widerWindow(
  { boundaries, pageSize }: Pick<TotalsQuery, "boundaries" | "pageSize">,
  { first, end }: PageWindow,
  found: number,
): PageWindow | undefined {
  const periods = boundaries.length - 1;
  if (end >= periods || 2 * found >= pageSize) return undefined;
  return { first, end: Math.min(first + Math.max(2 * (end - first), widthFor(pageSize, end - first, found)), periods) };
}

function widthFor(pageSize: number, width: number, found: number): number {
  return Math.ceil((width * pageSize) / Math.max(1, found));
}

/** The rows of a page, in their order, and where the next begins. */
export function cutPage(
  { boundaries, pageSize, checksum }: Pick<TotalsQuery, "boundaries" | "pageSize" | "checksum">,
  { first, end }: PageWindow,
  found: readonly QueryTotalsRow[],
): Pick<TotalsAnswer, "rows" | "nextPageToken"> {
  const groups = found.filter(({ kind }) => kind === "group").sort((a, b) => Number(a.place - b.place));
  const rows = groups.slice(0, pageSize).map(rowOf);
  const window = widthFor(pageSize, end - first, groups.length);
  const last = rows.at(-1);
  if (groups.length > pageSize && last !== undefined) {
    const after = { path: last.path, method: last.method, service: last.service };
    return { rows, nextPageToken: pageToken(checksum, { period: last.period, after, window }) };
  }
  const isLast = end >= boundaries.length - 1;
  return { rows, nextPageToken: isLast ? "" : pageToken(checksum, { period: end, after: undefined, window }) };
}

function rowOf({ period, service, method, path, requests, previous }: QueryTotalsRow): TotalsAnswerRow {
  return {
    period: Number(period),
    service: service ?? "",
    method: method ?? 0,
    path: path ?? "",
    count: requests ?? 0n,
    previousCount: previous ?? 0n,
    remainder: false,
  };
}
