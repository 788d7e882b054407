import { csvLine } from "../domain/csv.ts";
import type { TotalsAnswerRow } from "./totals-answer.ts";
import type { TotalsQuery } from "./totals-request.ts";

/**
 * What a spreadsheet would take for a formula, and run: a path is whatever somebody has asked for. It gets an apostrophe in
 * front, as OWASP says, which spreadsheets show as text; JSON has the path as it is.
 */
const FORMULA = /^[=+\-@\t\r]/;

/** The columns of an export: the period, what it is grouped by, and the counts. */
export function csvHeader({ by, request }: TotalsQuery): string {
  return csvLine([
    "period",
    ...by,
    "count",
    ...(request.comparePrevious ? ["previous_count"] : []),
    ...(request.top > 0 ? ["remainder"] : []),
  ]);
}

/** Rows as lines in those columns. A remainder has nothing in the columns that it is grouped by, and `true` in the last. */
export function csvRows({ by, request }: TotalsQuery, rows: readonly TotalsAnswerRow[]): string {
  return rows
    .map((row) =>
      csvLine([
        row.period,
        ...by.map((name) => safe(row[name] ?? "")),
        String(row.count),
        ...(request.comparePrevious ? [String(row.previous_count)] : []),
        ...(request.top > 0 ? [String(row.remainder === true)] : []),
      ]),
    )
    .join("");
}

function safe(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
