import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Date as DateMessage, dayOf, methodName, type Period, type QueryTotalsResponse } from "@count/proto";
import { formatDay } from "../domain/day.ts";
import { civilDate, civilTime } from "./civil-time.ts";
import type { TotalsQuery } from "./totals-request.ts";

/** A count as JSON has it: a number where doubles are exact, and a string beyond 2^53 - 1. */
export type JsonCount = number | string;

/** One row: what is not grouped by is left out. */
export interface TotalsAnswerRow {
  /** Name of the period, see {@link TotalsAnswerPeriod}. */
  readonly period: string;
  readonly service?: string;
  readonly method?: string;
  readonly path?: string;
  readonly count: JsonCount;
  readonly previous_count?: JsonCount;
  /** Only true, for the row of all groups that have no row of their own, because of `top`. */
  readonly remainder?: true;
}

export interface TotalsAnswerPeriod {
  /** How rows name it: its first day in the time zone, or its first moment where it is shorter than a day or begins within one. */
  readonly name: string;
  /** In UTC; half-open. */
  readonly start: string;
  readonly end: string;
}

/** The body of `GET /api/v1/totals`. */
export interface TotalsAnswer {
  readonly time_zone: string;
  readonly granularity: TotalsQuery["granularity"];
  readonly by: TotalsQuery["by"];
  readonly periods: readonly TotalsAnswerPeriod[];
  readonly previous_periods?: readonly TotalsAnswerPeriod[];
  readonly rows: readonly TotalsAnswerRow[];
  readonly total: JsonCount;
  readonly previous_total?: JsonCount;
  readonly pending: JsonCount;
  readonly known_lost: JsonCount;
  readonly complete_through: string | null;
  readonly buckets_from: string | null;
  readonly totals_from: string | null;
  readonly snapshot_time: string;
  readonly next_page_token: string | null;
}

/** The rows of a response, with the names of their periods. */
export function answerRows(query: TotalsQuery, response: QueryTotalsResponse): TotalsAnswerRow[] {
  const names = response.periods.map((period) => periodName(query, period));
  const compared = query.request.comparePrevious;
  const [service, method, path] = (["service", "method", "path"] as const).map((name) => query.by.includes(name));
  return response.rows.map((row) => ({
    period: names[row.period] ?? "",
    ...(service && !row.remainder ? { service: row.service } : {}),
    ...(method && !row.remainder ? { method: methodName(row.method) ?? `METHOD_${row.method}` } : {}),
    ...(path && !row.remainder ? { path: row.path } : {}),
    count: jsonCount(row.count),
    ...(compared ? { previous_count: jsonCount(row.previousCount) } : {}),
    ...(row.remainder ? { remainder: true } : {}),
  }));
}

/** A response as JSON. */
export function totalsAnswer(query: TotalsQuery, response: QueryTotalsResponse): TotalsAnswer {
  const compared = query.request.comparePrevious;
  const named = (periods: readonly Period[]) =>
    periods.map((period) => ({ name: periodName(query, period), ...interval(period) }));
  return {
    time_zone: query.timeZone,
    granularity: query.granularity,
    by: query.by,
    periods: named(response.periods),
    ...(compared ? { previous_periods: named(response.previousPeriods) } : {}),
    rows: answerRows(query, response),
    total: jsonCount(response.total),
    ...(compared ? { previous_total: jsonCount(response.previousTotal) } : {}),
    pending: jsonCount(response.pending),
    known_lost: jsonCount(response.knownLost),
    complete_through: date(response.completeThrough),
    buckets_from: date(response.bucketsFrom),
    totals_from: date(response.totalsFrom),
    snapshot_time: new Date(response.snapshotTime === undefined ? 0 : timestampMs(response.snapshotTime)).toISOString(),
    next_page_token: response.nextPageToken === "" ? null : response.nextPageToken,
  };
}

function interval(period: Period): { start: string; end: string } {
  return { start: iso(startMs(period)), end: iso(period.endTime === undefined ? 0 : timestampMs(period.endTime)) };
}

function startMs({ startTime }: Period): number {
  return startTime === undefined ? 0 : timestampMs(startTime);
}

function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function periodName({ granularity, timeZone, request }: TotalsQuery, period: Period): string {
  const ms = startMs(period);
  const isShort = granularity === "hour" || granularity === "quarter_hour" || request.startTime !== undefined;
  return isShort ? civilTime(ms, timeZone) : civilDate(ms, timeZone);
}

function jsonCount(count: bigint): JsonCount {
  const number = Number(count);
  return Number.isSafeInteger(number) ? number : String(count);
}

function date(day: DateMessage | undefined): string | null {
  return day === undefined ? null : formatDay(dayOf(day));
}
