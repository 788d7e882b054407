import { int8Array } from "../db/binary-array.ts";
import type { Database } from "../db/database.ts";
import { countMethodsAs, pathRulesApplied } from "../db/sql/path-rules.ts";
import { CountError } from "../domain/count-error.ts";
import { type MethodToRead, methodsToRead } from "./methods-to-read.ts";
import type { Policy } from "./policy.ts";
import { targetIds } from "./target-ids.ts";

/**
 * Lets every method be read as the rules say, in steps of one transaction. It may be killed at any point, repeated, and run by several
 * at once; with rules that are in force no more it changes nothing.
 *
 * @returns how many methods are read otherwise than before
 * @throws CountError as {@link Database.run}
 */
export async function applyPathRules(
  database: Pick<Database, "run">,
  { rules, version }: Pick<Policy, "rules" | "version">,
  signal?: AbortSignal,
): Promise<number> {
  let changed = 0;
  for await (const methods of methodsToRead(database, rules, signal)) {
    const others = methods.filter(({ from, to }) => from !== to);
    if (others.length === 0) continue;
    const targets = await targetIds(database, version, others, signal);
    if (targets === undefined) return changed;
    const values = [
      version,
      int8Array(others.map(({ id }) => id)),
      int8Array(others.map((method) => targetOf(method, targets))),
    ];
    const rows = await database.run(countMethodsAs, values, signal && { signal });
    changed += rows.length;
  }
  await database.run(pathRulesApplied, [version, changed > 0], signal && { signal });
  return changed;
}

/** 0: itself. */
function targetOf({ service, method, counted, to }: MethodToRead, targets: ReadonlyMap<string, bigint>): bigint {
  if (to === counted) return 0n;
  const id = targets.get(JSON.stringify([service, method, to]));
  if (id === undefined) throw new CountError("internal", `the method of path ${to} was inserted and is not there`);
  return id;
}
