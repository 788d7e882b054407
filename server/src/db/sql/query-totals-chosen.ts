import type { Statement } from "../database.ts";
import { Groups, type MethodFilter } from "./query-totals-groups.ts";
import { Values } from "./values.ts";

/** How many of the methods a filter lets through. Both are counted no further than they are asked for. */
export interface ChosenMethodsRow {
  readonly chosen: bigint;
  readonly methods: bigint;
}

/**
 * Counts the methods that a filter lets through, for the choice of a plan: what is chosen may be more when the plan runs.
 *
 * Not prepared: its text depends on the filter.
 */
export function chosenMethods(
  filter: MethodFilter,
  maxChosen: number,
  maxMethods: number,
): { statement: Statement; values: readonly unknown[] } {
  const values = new Values();
  const { chosen } = new Groups([], filter, values);
  const text = `
select (select count(*) from (${chosen} limit ${values.add("bigint", maxChosen)}) as few) as chosen,
  (select count(*) from (select id from count.methods limit ${values.add("bigint", maxMethods)}) as few) as methods`;
  return { statement: { name: "chosen-methods", text, prepare: false }, values: values.all };
}
