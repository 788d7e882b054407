import type { Statement } from "../database.ts";

export type SelectMethodsValues = readonly [ids: readonly string[]];

export interface SelectMethodsRow {
  readonly id: bigint;
  readonly service: string;
  readonly method: number;
  readonly path: string;
}

/** The methods that have these numbers, in no order. */
export const selectMethods: Statement = {
  name: "select-methods-by-id",
  text: `
select id, service, method, path
from count.methods
where id = any($1::bigint[])`,
};
