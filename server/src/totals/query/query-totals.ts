import type { QueryTotalsRequest } from "@count/proto";
import type { Database } from "../../db/database.ts";
import { type QueryTotalsPlan, type QueryTotalsRow, queryTotals as queryStatement } from "../../db/sql/query-totals.ts";
import { CountError } from "../../domain/count-error.ts";
import { dayOfMs, formatDay } from "../../domain/day.ts";
import type { TotalsAnswer } from "./answer.ts";
import { isNarrow } from "./narrow.ts";
import { cutPage, firstWindow, widerWindow } from "./page.ts";
import { planQuery } from "./plan-query.ts";
import type { TotalsQuery } from "./query.ts";
import { readQuery } from "./read-query.ts";
import { largestRows } from "./top-rows.ts";

export interface QueryTotalsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
  /** Those that the caller may look at, whatever it asks for. Default: all. */
  readonly services?: ReadonlySet<string> | undefined;
}

/**
 * Answers a QueryTotalsRequest: see `count.proto`. Rows and totals of an answer are of one snapshot.
 *
 * @throws CountError `invalid` that names the field, its value and what is accepted; `out-of-range` when quarters are asked for that
 *   are not kept; and as {@link Database.run}
 */
export async function queryTotals(
  database: Pick<Database, "run">,
  request: QueryTotalsRequest,
  { signal, now = Date.now, services }: QueryTotalsOptions = {},
): Promise<TotalsAnswer> {
  const query = withinServices(readQuery(request), services);
  const narrow = await isNarrow(database, query, signal);
  for (let window = firstWindow(query); ; ) {
    const snapshotMs = now();
    const rows = await ask(database, planQuery(query, window, narrow), signal);
    const [totals] = rows.filter(({ kind }) => kind === "totals");
    if (totals === undefined) throw new CountError("internal", "query-totals has no totals");
    checkCovered(query, totals);
    const head = { boundaries: query.boundaries, previous: query.previous, ...totalsOf(totals, snapshotMs) };
    if (query.top !== undefined) return { ...head, rows: largestRows(rows), nextPageToken: "" };
    const wider = widerWindow(query, window, rows.length - 1);
    if (wider === undefined) return { ...head, ...cutPage(query, window, rows) };
    window = wider;
  }
}

/** A caller who asks for services that it may not look at is told as much of them as of services that nobody ever called. */
function withinServices(query: TotalsQuery, allowed: ReadonlySet<string> | undefined): TotalsQuery {
  if (allowed === undefined) return query;
  return { ...query, services: query.services?.filter((service) => allowed.has(service)) ?? [...allowed] };
}

function ask(
  database: Pick<Database, "run">,
  plan: QueryTotalsPlan,
  signal: AbortSignal | undefined,
): Promise<QueryTotalsRow[]> {
  const { statement, values } = queryStatement(plan);
  return database.run<QueryTotalsRow>(statement, values, signal && { signal });
}

function checkCovered(query: TotalsQuery, { uncovered, buckets_from }: QueryTotalsRow): void {
  if (uncovered === null) return;
  const first = formatDay(Number(buckets_from));
  throw new CountError(
    "out-of-range",
    `${query.words} needs the 15-minute counts of ${formatDay(Number(uncovered))}, which are not kept; the first UTC day that has them is ${first}`,
  );
}

type Facts = Omit<TotalsAnswer, "boundaries" | "previous" | "rows" | "nextPageToken">;

function totalsOf(row: QueryTotalsRow, snapshotMs: number): Facts {
  return {
    total: row.requests ?? 0n,
    previousTotal: row.previous ?? 0n,
    pending: row.pending ?? 0n,
    completeThrough: completeThrough(row, snapshotMs),
    knownLost: row.lost ?? 0n,
    bucketsFrom: Number(row.buckets_from),
    totalsFrom: row.totals_from === null ? undefined : Number(row.totals_from),
    snapshotMs,
  };
}

/** The last day up to which nothing is pending: yesterday at most, since today still brings something. */
function completeThrough({ oldest_pending, first_total }: QueryTotalsRow, nowMs: number): number | undefined {
  const yesterday = dayOfMs(nowMs) - 1;
  if (oldest_pending === null) return yesterday;
  const last = Number(oldest_pending) - 1;
  // What is pending may be all there is.
  if (first_total === null || Number(first_total) > last) return undefined;
  return Math.min(last, yesterday);
}
