import type { QueryTotalsPlan } from "../../db/sql/query-totals.ts";
import type { MethodFilter } from "../../db/sql/query-totals-groups.ts";
import { planSlots, type SlotInterval } from "../../domain/slot-plan.ts";
import type { PageWindow } from "./page.ts";
import type { Boundaries } from "./periods.ts";
import type { TotalsQuery } from "./query.ts";

/** How the database is asked for the rows of some periods, and for the totals of all. */
export function planQuery(query: TotalsQuery, { first, end }: PageWindow, isNarrow: boolean): QueryTotalsPlan {
  const { boundaries, previous, groupBy, top } = query;
  return {
    rows: planSlots(slotsOf(boundaries, previous, first, end), true),
    whole: planSlots([...wholeOf(previous, 1), ...wholeOf(boundaries, 0)], true),
    pending: query.rolledUpOnly ? undefined : planSlots(slotsOf(boundaries, previous, 0, boundaries.length - 1), false),
    isWhole: boundaries.length === 2,
    window: [2 * first, 2 * end],
    range: [boundaries[0]!, boundaries.at(-1)! - 1],
    groupBy,
    filter: filterOf(query),
    isNarrow,
    selection:
      top === undefined
        ? // One more than fits tells whether there are more.
          { limit: query.pageSize + 1, period: first, after: query.from?.after }
        : { top },
  };
}

export function filterOf({ services, methods, paths }: TotalsQuery): MethodFilter {
  return {
    services,
    methods,
    paths: paths && {
      exact: paths.filter(({ kind }) => kind === "exact").map(({ text }) => text),
      sources: paths.filter(({ kind }) => kind !== "exact").map(({ source }) => source),
    },
  };
}

/** The periods [first, end), and before them those that they are compared with. */
function slotsOf(boundaries: Boundaries, previous: Boundaries | undefined, first: number, end: number): SlotInterval[] {
  const all: SlotInterval[] = [];
  for (const [of, isPrevious] of [
    [previous, 1],
    [boundaries, 0],
  ] as const) {
    if (of === undefined) continue;
    for (let at = first; at < end; at++) {
      all.push({ slot: 2 * at + isPrevious, start: of[at]!, end: of[at + 1]! });
    }
  }
  return all;
}

function wholeOf(boundaries: Boundaries | undefined, slot: number): SlotInterval[] {
  return boundaries === undefined ? [] : [{ slot, start: boundaries[0]!, end: boundaries.at(-1)! }];
}
