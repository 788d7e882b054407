import { type BookTotalsRow, type BookTotalsValues, bookTotals as statement } from "../db/sql/book-totals.ts";
import type { Progress, Steps } from "./steps.ts";

/** Totals in a step. */
const STEP_ROWS = 5_000;

/** Adds to their months what is not in them yet. */
export async function bookTotals(steps: Steps): Promise<Progress> {
  while (!steps.isOver()) {
    const values: BookTotalsValues = [STEP_ROWS];
    const [row] = await steps.run<BookTotalsRow>(statement, values);
    if (row === undefined || row.found < BigInt(STEP_ROWS)) return "done";
  }
  return "more";
}
