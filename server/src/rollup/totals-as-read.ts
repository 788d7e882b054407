import type { Database } from "../db/database.ts";
import { type AliasMap, mergeAliases } from "../totals/aliases.ts";
import { readDailyTotals } from "../totals/read-totals.ts";
import type { TotalsById } from "../totals/totals.ts";

/**
 * New totals of methods, as they are read: where some methods are read as one, a roll-up that added to one of them has a new total
 * for all of them together.
 *
 * @throws CountError as {@link Database.run}
 */
export async function totalsAsRead(
  database: Pick<Database, "run">,
  totals: readonly TotalsById[],
  aliases: AliasMap,
  signal?: AbortSignal,
): Promise<readonly TotalsById[]> {
  if (aliases.size === 0) return totals;
  const shared = new Set(aliases.values());
  const result: TotalsById[] = [];
  for (const added of totals) {
    const { day } = added;
    if (day === undefined || !added.ids.some((id) => aliases.has(id) || shared.has(id))) {
      result.push(added);
      continue;
    }
    const touched = new Set(added.ids.map((id) => aliases.get(id) ?? id));
    const [whole] = mergeAliases(await readDailyTotals(database, { first: day, end: day + 1 }, { signal }), aliases);
    // Retention may have removed the day in between.
    if (whole !== undefined) result.push(only(whole, touched));
  }
  return result;
}

function only({ day, ids, counts }: TotalsById, wanted: ReadonlySet<string>): TotalsById {
  const kept = ids.map((id, at) => ({ id, count: counts[at]! })).filter(({ id }) => wanted.has(id));
  return { day, ids: kept.map(({ id }) => id), counts: kept.map(({ count }) => count) };
}
