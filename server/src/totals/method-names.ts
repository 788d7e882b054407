import type { Database } from "../db/database.ts";
import { type SelectMethodsRow, type SelectMethodsValues, selectMethods } from "../db/sql/select-methods.ts";
import { CountError } from "../domain/count-error.ts";
import type { CountedMethod } from "./totals.ts";

/** Ids that one statement asks for. */
const MAX_IDS = 10_000;

export interface MethodNamesOptions {
  /**
   * How many methods to remember. Default 50,000, which is some 10 MB of paths of 50 bytes. With more, reads of totals
   * ask the database for those that were forgotten.
   */
  readonly maxMethods?: number;
}

/**
 * Which method an id of `count.methods` stands for. What was read once is remembered: such a row never changes and is
 * never deleted.
 */
export class MethodNames {
  readonly #database: Pick<Database, "run">;
  readonly #maxMethods: number;
  /** In the order of arrival: what came first is forgotten first. */
  readonly #known = new Map<string, CountedMethod>();

  constructor(database: Pick<Database, "run">, options: MethodNamesOptions = {}) {
    this.#database = database;
    this.#maxMethods = options.maxMethods ?? 50_000;
  }

  /**
   * The methods of these ids, all of them.
   *
   * @throws CountError `internal` when an id is not in `count.methods`; and as {@link Database.run}.
   */
  async of(ids: Iterable<string>, signal?: AbortSignal): Promise<Map<string, CountedMethod>> {
    const names = new Map<string, CountedMethod>();
    const unknown: string[] = [];
    for (const id of new Set(ids)) {
      const method = this.#known.get(id);
      if (method === undefined) unknown.push(id);
      else names.set(id, method);
    }
    for (let from = 0; from < unknown.length; from += MAX_IDS) {
      const asked = unknown.slice(from, from + MAX_IDS);
      for (const [id, method] of await this.#select(asked, signal)) {
        names.set(id, method);
        this.#remember(id, method);
      }
    }
    const missing = unknown.find((id) => !names.has(id));
    if (missing !== undefined) throw new CountError("internal", `method_id ${missing} is not in count.methods`);
    return names;
  }

  async #select(ids: readonly string[], signal: AbortSignal | undefined): Promise<[string, CountedMethod][]> {
    const values: SelectMethodsValues = [ids];
    const rows = await this.#database.run<SelectMethodsRow>(selectMethods, values, signal && { signal });
    return rows.map(({ id, service, method, path }) => [id.toString(), { service, method, path }]);
  }

  #remember(id: string, method: CountedMethod): void {
    if (this.#known.size >= this.#maxMethods) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    if (this.#maxMethods > 0) this.#known.set(id, method);
  }
}
