import type { FoldPendingRow } from "../db/sql/fold-pending.ts";
import type { TotalsById } from "../totals/totals.ts";

/** The totals that a roll-up has written, by day and method; of two of one key the greater one is the later one. */
export class NewTotals {
  readonly #days = new Map<number, Map<bigint, bigint>>();

  /** Rows as the database returned them. */
  addRows(rows: readonly FoldPendingRow[]): void {
    for (const row of rows) keepGreater(this.#day(Number(row.day)), row.method_id, row.total);
  }

  add(totals: readonly TotalsById[]): void {
    for (const { day, ids, counts } of totals) {
      if (day === undefined) continue;
      const known = this.#day(day);
      for (let at = 0; at < ids.length; at++) keepGreater(known, BigInt(ids[at]!), counts[at]!);
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

/** Answers may arrive in another order than their transactions were committed in. */
function keepGreater(totals: Map<bigint, bigint>, id: bigint, total: bigint): void {
  const known = totals.get(id);
  if (known === undefined || known < total) totals.set(id, total);
}
