import { useEffect, useMemo, useState } from "preact/hooks";
import { toNumber } from "../data/answer.ts";
import { formatCount, formatShare } from "../data/format.ts";
import type { TotalsState } from "../data/use-totals.ts";
import { csvAddress, MAX_PATHS } from "../state/api-query.ts";
import type { SortKey, View } from "../state/view.ts";
import { Change } from "./change.tsx";
import { HeaderCell } from "./header-cell.tsx";
import { PathLine } from "./path-line.tsx";
import { pathRowsOf, sortRows } from "./path-rows.ts";
import { Search } from "./search.tsx";
import { useTrends } from "./use-trends.ts";

/** Lines that are shown at first, and more with each press of the button. */
const STEP = 25;

interface PathTableProps {
  readonly state: TotalsState;
  readonly view: View;
  readonly tick: number;
  readonly nowMs: number;
  readonly go: (change: Partial<View>, how?: "push" | "replace") => void;
}

/** Every path that was called. */
export function PathTable({ state, view, tick, nowMs, go }: PathTableProps) {
  const { totals, query } = state;
  const [shown, setShown] = useState(STEP);
  // another question begins at its beginning
  useEffect(() => setShown(STEP), [query]);
  const { rows, other } = useMemo(() => (totals ? pathRowsOf(totals) : { rows: [], other: undefined }), [totals]);
  const sorted = useMemo(() => sortRows(rows, view.sort, view.descending), [rows, view.sort, view.descending]);
  const visible = useMemo(() => sorted.slice(0, shown), [sorted, shown]);
  const trends = useTrends(view, visible, tick, nowMs);
  const all = toNumber(totals?.total);
  const most = useMemo(() => rows.reduce((highest, { count }) => Math.max(highest, toNumber(count)), 0), [rows]);
  const sort = (key: SortKey) => {
    const isText = key === "path" || key === "method" || key === "service";
    go({ sort: key, descending: view.sort === key ? !view.descending : !isText });
  };
  const header = { view, onSort: sort };

  return (
    <section class="card" aria-labelledby="paths-title" aria-busy={state.loading}>
      <header class="card-header">
        <h2 id="paths-title">
          Paths <span class="quiet">{totals && pathsText(rows.length, other !== undefined)}</span>
        </h2>
        <Search value={view.search} disabled={view.paths.length > 0} onSearch={(search) => go({ search }, "replace")} />
        <a class="button" href={csvAddress(view, nowMs)} download>
          Download CSV
        </a>
      </header>
      {rows.length > 0 && (
        <table class="paths">
          <thead>
            <tr>
              <HeaderCell name="path" {...header}>
                Path
              </HeaderCell>
              <HeaderCell name="method" class="method" {...header}>
                Method
              </HeaderCell>
              <HeaderCell name="service" class="service" {...header}>
                Service
              </HeaderCell>
              <HeaderCell name="count" class="number" {...header}>
                Requests
              </HeaderCell>
              <th scope="col" class="number share">
                Share
              </th>
              <HeaderCell name="change" class="number" {...header}>
                Change
              </HeaderCell>
              <th scope="col" class="trend">
                Trend
              </th>
            </tr>
          </thead>
          <tbody>
            {visible.map((row) => (
              <PathLine
                key={row.id}
                row={row}
                all={all}
                most={most}
                trend={trends.get(row.id)}
                onPath={(path) => go({ paths: [path], search: "" })}
                onMethod={(method) => go({ methods: [method] })}
                onService={(service) => go({ services: [service] })}
              />
            ))}
          </tbody>
          {other !== undefined && visible.length === sorted.length && (
            <tfoot>
              <tr>
                <th scope="row" class="path">
                  All other paths
                </th>
                <td class="method" />
                <td class="service" />
                <td class="number count">{formatCount(other.count)}</td>
                <td class="number share">{formatShare(toNumber(other.count), all)}</td>
                <td class="number delta">
                  <Change now={other.count} before={other.previous_count ?? 0} />
                </td>
                <td class="trend" />
              </tr>
            </tfoot>
          )}
        </table>
      )}
      {totals && rows.length === 0 && <p class="empty">{emptyText(view)}</p>}
      {sorted.length > shown && (
        <p class="more">
          <button type="button" class="button" onClick={() => setShown(shown + STEP * 2)}>
            Show more
          </button>
          <span class="quiet">
            {formatCount(visible.length)} of {formatCount(sorted.length)}
          </span>
        </p>
      )}
    </section>
  );
}

function pathsText(rows: number, hasOther: boolean): string {
  return hasOther ? `the ${formatCount(MAX_PATHS)} most requested; search finds the others` : formatCount(rows);
}

function emptyText({ search }: View): string {
  return search.trim() === ""
    ? "No requests in this range."
    : `No path that was called in this range has “${search.trim()}” in it. Upper and lower case differ.`;
}
