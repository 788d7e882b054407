import { create } from "@bufbuild/protobuf";
import {
  countService,
  DateSchema,
  dayOf,
  GetPeriodTotalsRequestSchema,
  ListDailyTotalsRequestSchema,
  type MethodCount,
  type PartialDate,
  periodOf,
} from "@count/proto";
import { CountError } from "../domain/count-error.ts";
import type { Connection } from "./connection.ts";
import { type AskedDate, formatPeriod, fullDate } from "./period.ts";
import { sumDays, type TotalsRow, toRow } from "./totals-rows.ts";
import { usageError } from "./usage-error.ts";

/** Days that are shown when no day is asked for, today included. */
export const DEFAULT_DAYS = 30;

/** The days that a user names. */
export interface AskedDays {
  readonly day?: AskedDate;
  readonly from?: AskedDate;
  readonly to?: AskedDate;
  readonly period?: AskedDate;
  readonly sum?: boolean;
}

/** What is asked of the server; `words` is how a message calls it. */
export type TotalsQuery =
  | { readonly kind: "period"; readonly period: PartialDate; readonly words: string }
  | {
      readonly kind: "days";
      readonly first: number;
      readonly last: number;
      readonly sum: boolean;
      readonly words: string;
    };

/**
 * The query for the days that a user names.
 *
 * @param today in days since 1970-01-01
 * @throws CommanderError when they make no sense together
 */
export function totalsQuery(asked: AskedDays, today: number): TotalsQuery {
  const [period, day, from, to] = [asked.period, asked.day, asked.from, asked.to].map((date) => date?.(today));
  if (period !== undefined) return { kind: "period", period, words: `in ${formatPeriod(period)}` };
  if (day !== undefined) {
    return { kind: "days", first: dayOf(day), last: dayOf(day), sum: false, words: `on ${formatPeriod(day)}` };
  }
  if (from === undefined && to !== undefined) throw usageError("--to needs --from: where should the totals begin?");
  const first = from === undefined ? today - DEFAULT_DAYS + 1 : dayOf(from);
  const last = to === undefined ? Math.max(today, first) : periodOf(to).end - 1;
  const [start, end] = [formatPeriod(fullDate(first)), formatPeriod(fullDate(last))];
  if (first > last) throw usageError(`--from ${start} is after --to ${end}`);
  const sum = asked.sum === true || from === undefined;
  return { kind: "days", first, last, sum, words: `from ${start} to ${end}` };
}

/** The rows, none when there are none. @throws CountError */
export async function askTotals(
  connection: Connection,
  query: TotalsQuery,
  pending: boolean,
  signal: AbortSignal,
): Promise<TotalsRow[]> {
  const includePending = pending;
  try {
    if (query.kind === "period") {
      const period = create(DateSchema, query.period);
      const request = create(GetPeriodTotalsRequestSchema, { period, includePending });
      return rowsOf(await connection.call(countService.getPeriodTotals, request, signal));
    }
    const [startDate, endDate] = [query.first, query.last].map((day) => create(DateSchema, fullDate(day))) as [
      never,
      never,
    ];
    const request = create(ListDailyTotalsRequestSchema, { startDate, endDate, includePending });
    const rows = rowsOf(await connection.call(countService.listDailyTotals, request, signal));
    return query.sum ? sumDays(rows) : rows;
  } catch (error) {
    if (error instanceof CountError && error.code === "not-found") return [];
    throw error;
  }
}

function rowsOf({ methodCounts }: { methodCounts: MethodCount[] }): TotalsRow[] {
  return methodCounts.map(toRow);
}
