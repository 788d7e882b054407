import { type JsonCount, type Row, type Totals, toNumber } from "../data/answer.ts";
import type { SortKey } from "../state/view.ts";

/** One line of the table. */
export interface PathRow {
  readonly id: string;
  readonly path: string;
  readonly method: string;
  readonly service: string;
  readonly count: JsonCount;
  readonly previous: JsonCount;
}

export function idOf({ path = "", method = "", service = "" }: Pick<Row, "path" | "method" | "service">): string {
  // No path and no service has a NUL.
  return `${path}\0${method}\0${service}`;
}

/** The lines of an answer, and what the paths that have none add up to. */
export function pathRowsOf(totals: Totals): { rows: PathRow[]; other: Row | undefined } {
  const rows = totals.rows
    .filter((row) => row.remainder !== true)
    .map((row) => ({
      id: idOf(row),
      path: row.path ?? "",
      method: row.method ?? "",
      service: row.service ?? "",
      count: row.count,
      previous: row.previous_count ?? 0,
    }));
  const other = totals.rows.find((row) => row.remainder === true && toNumber(row.count) > 0);
  return { rows, other };
}

/** How a count has changed, for sorting: what is new comes after every growth. */
function changeOf({ count, previous }: PathRow): number {
  const [now, before] = [toNumber(count), toNumber(previous)];
  if (before === 0) return now === 0 ? 0 : Number.MAX_VALUE;
  return now / before - 1;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** A copy in another order; rows that compare equal stay as the server has them, the most requested first. */
export function sortRows(rows: readonly PathRow[], key: SortKey, descending: boolean): PathRow[] {
  const compare: Record<SortKey, (a: PathRow, b: PathRow) => number> = {
    path: (a, b) => collator.compare(a.path, b.path),
    method: (a, b) => collator.compare(a.method, b.method),
    service: (a, b) => collator.compare(a.service, b.service),
    count: (a, b) => toNumber(a.count) - toNumber(b.count),
    change: (a, b) => changeOf(a) - changeOf(b),
  };
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => direction * compare[key](a, b));
}
