import { civilDate } from "../../api/civil-time.ts";
import { type TotalsAnswer, type TotalsAnswerRow, totalsAnswer } from "../../api/totals-answer.ts";
import { csvHeader, csvRows } from "../../api/totals-csv.ts";
import type { TotalsQuery } from "../../api/totals-request.ts";
import { parseDay as dayNumber } from "../../domain/day.ts";
import type { ClientOptions } from "../client-options.ts";
import { withConnection } from "../connection.ts";
import { EXIT } from "../exit-code.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { formatCount } from "../table.ts";
import { type AskedDays, totalsQuery } from "../totals-query.ts";
import { askQuery } from "./ask-query.ts";
import { queryTable } from "./query-table.ts";
import { type AskedRows, readQuery } from "./read-query.ts";

export interface RunOptions extends ClientOptions, AskedDays, AskedRows {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** `count totals` by QueryTotals. @returns the exit code @throws CommanderError, CountError */
export async function runQuery(io: Io, options: RunOptions, flags: readonly string[]): Promise<number> {
  const nowMs = io.now();
  const days = totalsQuery(options, dayNumber(civilDate(nowMs, options.timeZone ?? "UTC")));
  const query = readQuery(options, days, nowMs);
  const response = await interruptible((signal) =>
    withConnection(options, (connection) => askQuery(connection, query.request, flags, signal)),
  );
  const asIs = totalsAnswer(query, response);
  const answer = { ...asIs, rows: sorted(asIs.rows, options.sort) };
  const isEmpty = answer.rows.length === 0;
  if (options.json === true) io.stdout.write(toJson(answer));
  else if (options.csv === true) io.stdout.write(csvHeader(query) + csvRows(query, answer.rows));
  else if (!isEmpty) {
    io.stdout.write(queryTable(answer));
    io.stderr.write(`${facts(query, answer)}\n`);
  }
  if (!isEmpty) return EXIT.ok;
  io.stderr.write(`count totals: ${nothing(query, days.words)}\n`);
  return EXIT.notFound;
}

/** Rows that compare equal keep the server's order; what the others have is last. */
function sorted(rows: readonly TotalsAnswerRow[], order: "count" | "path" | undefined): readonly TotalsAnswerRow[] {
  if (order === undefined) return rows;
  const last = (row: TotalsAnswerRow) => Number(row.remainder === true);
  const compare = order === "count" ? byCount : byPath;
  return [...rows].sort((a, b) => last(a) - last(b) || compare(a, b));
}

function byCount(a: TotalsAnswerRow, b: TotalsAnswerRow): number {
  const [left, right] = [BigInt(a.count), BigInt(b.count)];
  return left < right ? 1 : left > right ? -1 : 0;
}

function byPath({ path: a = "" }: TotalsAnswerRow, { path: b = "" }: TotalsAnswerRow): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the answer says of itself. */
function facts({ request }: TotalsQuery, answer: TotalsAnswer): string {
  const { complete_through, pending, known_lost, previous_periods } = answer;
  const complete = complete_through === null ? "No day is complete yet" : `Complete through ${complete_through}`;
  const waiting = request.rolledUpOnly ? "what is pending left out" : `${formatCount(BigInt(pending))} pending`;
  const lines = [`${complete}, ${waiting}, ${formatCount(BigInt(known_lost))} known to be lost.`];
  const [first, last] = [previous_periods?.[0], previous_periods?.at(-1)];
  if (first !== undefined && last !== undefined) lines.push(`Compared with ${first.start} to ${last.end}.`);
  return lines.join("\n");
}

function nothing({ request }: TotalsQuery, words: string): string {
  const { services, methods, paths, rolledUpOnly } = request;
  const filtered = services.length + methods.length + paths.length > 0 ? " that the filters let through" : "";
  const next = rolledUpOnly
    ? "What is pending is not shown: leave out --rolled-up-only, or roll it up with `count rollup`."
    : "`count import FILE` or a client's requests bring some.";
  return `nothing was counted ${words}${filtered}\n${next}`;
}
