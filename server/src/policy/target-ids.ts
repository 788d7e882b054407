import { int2Array, textArray } from "../db/binary-array.ts";
import type { Database } from "../db/database.ts";
import { findMethods, insertMethods, type MethodIdRow } from "../db/sql/methods.ts";
import type { MethodToRead } from "./methods-to-read.ts";

/**
 * The ids of the methods as which some are to be read, by `["service",3,"/path"]`; those that do not exist yet are made. The limit
 * on paths does not hold for them: an operator has named them.
 *
 * @returns undefined when rules of another version are in force
 */
export async function targetIds(
  database: Pick<Database, "run">,
  version: bigint,
  methods: readonly MethodToRead[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, bigint> | undefined> {
  const names = new Map<string, MethodToRead>();
  for (const method of methods) if (method.to !== method.counted) names.set(nameOf(method), method);
  if (names.size === 0) return new Map();
  const wanted = [...names.values()];
  const columns = [
    textArray(wanted.map(({ service }) => service)),
    int2Array(wanted.map(({ method }) => method)),
    textArray(wanted.map(({ to }) => to)),
  ];
  await database.run(insertMethods, [...columns, version], signal && { signal });
  const rows = await database.run<MethodIdRow>(findMethods, columns, signal && { signal });
  const ids = new Map(rows.map(({ id, service, method, path }) => [JSON.stringify([service, method, path]), id]));
  return ids.size === names.size ? ids : undefined;
}

function nameOf({ service, method, to }: MethodToRead): string {
  return JSON.stringify([service, method, to]);
}
