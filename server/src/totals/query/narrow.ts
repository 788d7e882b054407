import type { Database } from "../../db/database.ts";
import { type ChosenMethodsRow, chosenMethods } from "../../db/sql/query-totals-chosen.ts";
import { BUCKETS_PER_DAY } from "../../domain/bucket.ts";
import { filterOf } from "./plan-query.ts";
import type { TotalsQuery } from "./query.ts";

/** Methods that are looked up one by one. */
const MAX_CHOSEN = 1_000;
/** Of all methods at most so large a part: reading what lies together is faster than looking up every fourth. */
const MIN_TIMES = 4;
/** Look-ups of a query, most of which may find nothing. */
const MAX_LOOK_UPS = 400_000;

/**
 * Whether a filter lets through so few of all methods that looking them up, day by day, is faster than reading all that is stored of
 * these days. It says nothing about the answer, which is the same either way.
 */
export async function isNarrow(
  database: Pick<Database, "run">,
  query: TotalsQuery,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const filter = filterOf(query);
  if (filter.services === undefined && filter.methods === undefined && filter.paths === undefined) return false;
  const { statement, values } = chosenMethods(filter, MAX_CHOSEN + 1, MIN_TIMES * MAX_CHOSEN);
  const [row] = await database.run<ChosenMethodsRow>(statement, values, signal && { signal });
  const [chosen, methods] = [Number(row?.chosen ?? 0), Number(row?.methods ?? 0)];
  return chosen <= MAX_CHOSEN && MIN_TIMES * chosen <= methods && Math.max(1, chosen) * daysOf(query) <= MAX_LOOK_UPS;
}

function daysOf({ boundaries, previous }: TotalsQuery): number {
  const quarters = boundaries.at(-1)! - boundaries[0]! + (previous === undefined ? 0 : previous.at(-1)! - previous[0]!);
  return Math.ceil(quarters / BUCKETS_PER_DAY);
}
