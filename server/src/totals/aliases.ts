import type { Database } from "../db/database.ts";
import { type AliasGenerationRow, type AliasRow, aliasGeneration, selectAliases } from "../db/sql/path-rules.ts";
import type { TotalsById } from "./totals.ts";

/** Which methods are read as another one: ids of `count.methods`, as text. */
export type AliasMap = ReadonlyMap<string, string>;

/**
 * Knows which methods are read as another one. Nearly always there are none, so a read costs one look at one row; what is read as
 * what is read anew only when it has changed.
 */
export class Aliases {
  readonly #database: Pick<Database, "run">;
  #generation = 0n;
  #known: AliasMap = new Map();

  constructor(database: Pick<Database, "run">) {
    this.#database = database;
  }

  /** As of now or later. @throws CountError as {@link Database.run} */
  async current(signal?: AbortSignal): Promise<AliasMap> {
    const options = signal && { signal };
    const [row] = await this.#database.run<AliasGenerationRow>(aliasGeneration, [], options);
    const generation = row?.aliases ?? 0n;
    if (generation !== this.#generation) {
      const rows = await this.#database.run<AliasRow>(selectAliases, [], options);
      this.#known = new Map(rows.map(({ id, counted_as }) => [String(id), String(counted_as)]));
      // They may be newer than the number that was read before them; then they are read once more.
      this.#generation = generation;
    }
    return this.#known;
  }
}

/** The totals of methods that are read as another one, added to those of the other one. */
export function mergeAliases(days: readonly TotalsById[], aliases: AliasMap): readonly TotalsById[] {
  if (aliases.size === 0) return days;
  return days.map((totals) => {
    if (!totals.ids.some((id) => aliases.has(id))) return totals;
    const sums = new Map<string, bigint>();
    for (const [at, id] of totals.ids.entries()) {
      const readAs = aliases.get(id) ?? id;
      sums.set(readAs, (sums.get(readAs) ?? 0n) + totals.counts[at]!);
    }
    return { day: totals.day, ids: [...sums.keys()], counts: [...sums.values()] };
  });
}
