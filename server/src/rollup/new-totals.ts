import type { FoldPendingRow } from "../db/sql/fold-pending.ts";
import type { TotalsById } from "../totals/totals.ts";

/** The totals that a roll-up has written, by day and method; a later one of the same key replaces an earlier one. */
export class NewTotals {
  readonly #days = new Map<number, Map<bigint, bigint>>();

  /** Rows as the database returned them. */
  addRows(rows: readonly FoldPendingRow[]): void {
    for (const row of rows) this.#day(Number(row.day)).set(row.method_id, row.total);
  }

  add(totals: readonly TotalsById[]): void {
    for (const { day, ids, counts } of totals) {
      if (day === undefined) continue;
      const known = this.#day(day);
      for (let at = 0; at < ids.length; at++) known.set(BigInt(ids[at]!), counts[at]!);
    }
  }

  /** Ascending by day. */
  toTotals(): TotalsById[] {
    return [...this.#days]
      .sort(([a], [b]) => a - b)
      .map(([day, totals]) => ({ day, ids: Array.from(totals.keys(), String), counts: [...totals.values()] }));
  }

  #day(day: number): Map<bigint, bigint> {
    let totals = this.#days.get(day);
    if (totals === undefined) {
      totals = new Map();
      this.#days.set(day, totals);
    }
    return totals;
  }
}
