import type { QueryTotalsRow } from "../../db/sql/query-totals.ts";
import type { TotalsAnswerRow } from "./answer.ts";

/** The rows of the largest groups: by period, then by place, what all others have last. */
export function largestRows(found: readonly QueryTotalsRow[]): TotalsAnswerRow[] {
  const series = found.filter(({ kind }) => kind === "series");
  return series
    .flatMap(({ place, service, method, path, series: list }) => {
      const group = { service: service ?? "", method: method ?? 0, path: path ?? "", remainder: place === 0n };
      const order = place === 0n ? Number.MAX_SAFE_INTEGER : Number(place);
      return (list ?? "").split(",").map((entry) => {
        const [period, count, previousCount] = entry.split(":");
        const counts = { count: BigInt(count ?? 0), previousCount: BigInt(previousCount ?? 0) };
        return { order, row: { period: Number(period), ...group, ...counts } };
      });
    })
    .sort((a, b) => a.row.period - b.row.period || a.order - b.order)
    .map(({ row }) => row);
}
