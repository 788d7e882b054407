import { compareUtf8 } from "./compare-utf8.ts";
import type { CountedMethod, DayTotals, Totals, TotalsById } from "./totals.ts";

/**
 * Names totals and puts them in the order of an answer: by day, path, number of the method, and service.
 *
 * The application does it, because what the database's collation makes of a path differs from one database to the next.
 * Methods are compared once for all days; a day only sorts numbers.
 *
 * @param days - ascending; each id at most once a day.
 * @param names - must hold every id of `days`.
 */
export function orderTotals(days: readonly TotalsById[], names: ReadonlyMap<string, CountedMethod>): Totals {
  const ordered = [...names].sort(([, a], [, b]) => compareMethods(a, b));
  const ranks = new Map(ordered.map(([id], rank) => [id, rank]));
  const countOfRank = new Array<bigint>(ordered.length).fill(0n);
  return {
    methods: ordered.map(([, method]) => method),
    days: days.map((day) => orderDay(day, ranks, countOfRank)),
  };
}

function orderDay(
  { day, ids, counts }: TotalsById,
  ranks: ReadonlyMap<string, number>,
  countOfRank: bigint[],
): DayTotals {
  const methods = new Uint32Array(ids.length);
  for (let at = 0; at < ids.length; at++) {
    const rank = ranks.get(ids[at]!)!;
    methods[at] = rank;
    countOfRank[rank] = counts[at]!;
  }
  methods.sort();
  return { day, methods, counts: Array.from(methods, (rank) => countOfRank[rank]!) };
}

function compareMethods(a: CountedMethod, b: CountedMethod): number {
  return compareUtf8(a.path, b.path) || a.method - b.method || compareUtf8(a.service, b.service);
}
