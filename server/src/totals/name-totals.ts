import type { MethodNames } from "./method-names.ts";
import { orderTotals } from "./order-totals.ts";
import type { Totals, TotalsById } from "./totals.ts";

/**
 * Totals with the names of their methods, in the order of an answer.
 *
 * @param days - ascending; each id at most once a day.
 * @throws CountError as {@link MethodNames.of}
 */
export async function nameTotals(
  days: readonly TotalsById[],
  names: MethodNames,
  signal?: AbortSignal,
): Promise<Totals> {
  const ids = new Set<string>();
  for (const day of days) for (const id of day.ids) ids.add(id);
  return orderTotals(days, await names.of(ids, signal));
}
