import { useEffect, useMemo, useState } from "preact/hooks";
import { toNumber } from "../data/answer.ts";
import { requestTotals } from "../data/request-totals.ts";
import { trendQuery } from "../state/api-query.ts";
import type { View } from "../state/view.ts";
import { idOf, type PathRow } from "./path-rows.ts";

/** Bytes of paths in one request: the server takes 16 KiB of headers, and a path can grow threefold in an address. */
const MAX_BYTES = 3_000;
/** Every so many looks at the counts the lines are drawn anew: a point more or less is hardly seen. */
const EVERY = 6;

/** Requests over time of each row, as far as they are known. */
export type Trends = ReadonlyMap<string, readonly number[]>;

function chunks(rows: readonly PathRow[]): string[][] {
  const lists: string[][] = [];
  let bytes = 0;
  for (const path of new Set(rows.map((row) => row.path))) {
    const size = encodeURIComponent(path).length + 6;
    const last = lists.at(-1);
    if (last === undefined || bytes + size > MAX_BYTES) {
      lists.push([path]);
      bytes = size;
    } else {
      last.push(path);
      bytes += size;
    }
  }
  return lists;
}

/** The trends of the rows that are shown. They are an extra: what cannot be had is left out without a word. */
export function useTrends(view: View, rows: readonly PathRow[], tick: number, nowMs: number): Trends {
  const [trends, setTrends] = useState<Trends>(new Map());
  const queries = useMemo(() => chunks(rows).map((paths) => trendQuery(view, paths, nowMs)), [view, rows, nowMs]);
  const key = queries.join("\n");
  const round = Math.floor(tick / EVERY);

  useEffect(() => {
    const abort = new AbortController();
    void Promise.allSettled(queries.map((query) => requestTotals(query, null, abort.signal))).then((answers) => {
      if (abort.signal.aborted) return;
      const found = new Map<string, number[]>();
      for (const answer of answers) {
        if (answer.status === "rejected" || answer.value.totals === undefined) continue;
        const { totals } = answer.value;
        const index = new Map(totals.periods.map(({ name }, at) => [name, at]));
        for (const row of totals.rows) {
          const id = idOf(row);
          let values = found.get(id);
          if (values === undefined) {
            values = totals.periods.map(() => 0);
            found.set(id, values);
          }
          values[index.get(row.period) ?? 0] = toNumber(row.count);
        }
      }
      setTrends(found);
    });
    return () => abort.abort();
    // the queries are their text
  }, [key, round]);
  return trends;
}
