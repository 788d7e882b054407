import { escapeControls } from "./escape-controls.ts";
import { type Column, counted, formatCount, formatTable } from "./table.ts";
import type { TotalsRow } from "./totals-rows.ts";

/** Totals for people. Columns that say nothing, of days or services that are not there, are left out. */
export function totalsTable(rows: readonly TotalsRow[], of: number, total: bigint): string {
  const hasDates = rows.some(({ date }) => date !== undefined);
  const hasServices = rows.some(({ service }) => service !== "");
  const pick = <Cell>(date: Cell, count: Cell, method: Cell, service: Cell, path: Cell): Cell[] => [
    ...(hasDates ? [date] : []),
    count,
    method,
    ...(hasServices ? [service] : []),
    path,
  ];
  const left = (title: string): Column => ({ title, align: "left" });
  const right = (title: string): Column => ({ title, align: "right" });
  const columns = pick(left("DAY"), right("COUNT"), left("METHOD"), left("SERVICE"), left("PATH"));
  const cells = rows.map(({ date, count, method, service, path }) =>
    pick(date ?? "", formatCount(count), method, escapeControls(service), escapeControls(path)),
  );
  const shown =
    rows.length === of ? counted(of, "row") : `${counted(of, "row")}, ${formatCount(rows.length)} of them shown`;
  cells.push(pick("TOTAL", formatCount(total), hasDates ? "" : "TOTAL", "", `(${shown})`));
  return formatTable(columns, cells);
}
