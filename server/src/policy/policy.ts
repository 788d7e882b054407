import type { Database } from "../db/database.ts";
import { type SelectPolicyRow, type SelectPolicyValues, selectPolicy } from "../db/sql/path-rules.ts";
import { CountError } from "../domain/count-error.ts";
import { NO_RULES, type PathRules } from "../domain/path-rules.ts";
import { parsePathRules } from "./read-path-rules.ts";

/** What operators decided for all servers, as the database has it. */
export interface Policy {
  /** Of the rules; grows with each change of them. */
  readonly version: bigint;
  readonly rules: PathRules;
  /** Whether every method follows the rules. */
  readonly isApplied: boolean;
  /** The first day whose totals are kept, in days since 1970-01-01. Undefined: all are. */
  readonly totalsFrom: number | undefined;
}

/** Before anything was read. No database has such a version. */
export const UNKNOWN_POLICY: Policy = Object.freeze({
  version: -1n,
  rules: NO_RULES,
  isApplied: true,
  totalsFrom: undefined,
});

/** @param known what was read before, whose rules need not be read again. @throws CountError */
export async function readPolicy(
  database: Pick<Database, "run">,
  known: Policy = UNKNOWN_POLICY,
  signal?: AbortSignal,
): Promise<Policy> {
  const values: SelectPolicyValues = [known.version];
  const [row] = await database.run<SelectPolicyRow>(selectPolicy, values, signal && { signal });
  if (row === undefined) throw new CountError("internal", "the row of count.state is gone");
  return {
    version: row.path_rules_version,
    rules: row.path_rules === null ? known.rules : parsePathRules(row.path_rules),
    isApplied: row.path_rules_applied === row.path_rules_version,
    totalsFrom: row.totals_from === null ? undefined : Number(row.totals_from),
  };
}
