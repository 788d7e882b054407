import { type Aliases, mergeAliases } from "./aliases.ts";
import type { MethodNames } from "./method-names.ts";
import { orderTotals } from "./order-totals.ts";
import type { Totals, TotalsById } from "./totals.ts";

/** What ids of `count.methods` stand for. */
export interface Naming {
  readonly names: MethodNames;
  readonly aliases: Aliases;
}

/**
 * Totals with the names of the methods as which they are read, in the order of an answer.
 *
 * @param totals - ascending by day; each id at most once a day.
 * @throws CountError as {@link MethodNames.of}
 */
export async function nameTotals(
  totals: readonly TotalsById[],
  { names, aliases }: Naming,
  signal?: AbortSignal,
): Promise<Totals> {
  const days = mergeAliases(totals, await aliases.current(signal));
  const ids = new Set<string>();
  for (const day of days) for (const id of day.ids) ids.add(id);
  return orderTotals(days, await names.of(ids, signal));
}
