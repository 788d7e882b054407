import { int2Array, textArray } from "../db/binary-array.ts";
import type { Database } from "../db/database.ts";
import {
  countPaths,
  countServices,
  findMethods,
  findPaths,
  insertMethods,
  type MethodIdRow,
  type PathCountRow,
} from "../db/sql/methods.ts";
import { CountError } from "../domain/count-error.ts";
import { type Limits, OVERFLOW } from "../domain/limits.ts";
import type { Policy } from "../policy/policy.ts";
import type { Key } from "./key-table.ts";

/** What a method is looked up by. */
interface Name {
  readonly service: string;
  readonly method: number;
  readonly path: string;
}

/** The rules by which paths are counted under others, as far as they are known. */
export interface RulesSource {
  readonly current: Pick<Policy, "version" | "rules">;
  /** @throws CountError */
  refresh(): Promise<Pick<Policy, "version" | "rules">>;
}

const MAX_TRIES = 5;

/**
 * Gives keys their ids of `count.methods`, and makes the methods that do not exist yet.
 *
 * Only keys without an id cost anything, which is once for each in the life of a server. New paths that a rule matches get the id
 * of the path that it leads to, and new paths and services over the limits that of their `(overflow)`.
 */
export class MethodIds {
  readonly #database: Pick<Database, "run">;
  readonly #limits: Pick<Limits, "maxPathsPerService" | "maxServices">;
  readonly #rules: RulesSource;
  /** Whether any key was ever over a limit: nobody else has to look at each of them. */
  overflows = false;

  constructor(
    database: Pick<Database, "run">,
    limits: Pick<Limits, "maxPathsPerService" | "maxServices">,
    rules: RulesSource,
  ) {
    this.#database = database;
    this.#limits = limits;
    this.#rules = rules;
  }

  /** Afterwards every key has an id. */
  async resolve(keys: Iterable<Key>, signal: AbortSignal): Promise<void> {
    const missing = new Set<Key>();
    for (const key of keys) if (key.id === undefined) missing.add(key);
    if (missing.size === 0) return;
    let unknown = this.#assign([...missing], await this.#find([...missing], signal), identity);
    let policy = this.#rules.current;
    for (let tries = 0; unknown.length > 0; tries++) {
      if (tries === MAX_TRIES) {
        throw new CountError("internal", `${unknown.length} methods were inserted and are not there`);
      }
      // Nothing was read yet, or others are in force than those by which the last try has named the methods.
      if (tries > 0 || policy.version < 0n) policy = await this.#rules.refresh();
      unknown = await this.#make(unknown, policy, signal);
    }
  }

  /** Returns the keys that have no id afterwards: all, when other rules are in force. */
  async #make(keys: readonly Key[], { version, rules }: Pick<Policy, "version" | "rules">, signal: AbortSignal) {
    const ruled = (name: Name): Name => {
      const { service, method, path } = name;
      return { service, method, path: rules.target(service, method, path) ?? path };
    };
    const unknown =
      rules.list.length === 0 ? keys : this.#assign(keys, await this.#find(keys.map(ruled), signal), ruled);
    if (unknown.length === 0) return [];
    const admitted = await this.#admit(unknown.map(ruled), signal);
    const names = unknown.map((key) => ruled(admitted(ruled(key))));
    for (const key of unknown) {
      const [wanted, got] = [ruled(key), admitted(ruled(key))];
      if (got.path === wanted.path && got.service === wanted.service) continue;
      key.overflow = got.service === key.service ? "paths" : "services";
      this.overflows = true;
    }
    await this.#database.run(insertMethods, [...columns(names), version], { signal });
    return this.#assign(unknown, await this.#find(names, signal), (key) => ruled(admitted(ruled(key))));
  }

  #find(names: readonly Name[], signal: AbortSignal): Promise<MethodIdRow[]> {
    return this.#database.run<MethodIdRow>(findMethods, columns(names), { signal });
  }

  /** Sets the ids that were found, and returns the keys that have none. */
  #assign(keys: readonly Key[], rows: readonly MethodIdRow[], nameOf: (key: Key) => Name): Key[] {
    const ids = new Map(rows.map((row) => [id(row), row.id]));
    for (const key of keys) key.id = ids.get(id(nameOf(key)));
    return keys.filter((key) => key.id === undefined);
  }

  /** Decides under which name each one that has no method yet is counted. */
  async #admit(keys: readonly Name[], signal: AbortSignal): Promise<(name: Name) => Name> {
    const services = [...new Set(keys.map((key) => key.service))];
    const counted = await this.#database.run<PathCountRow>(countPaths, [textArray(services)], { signal });
    const room = new Map(
      counted.map(({ service, paths }) => [service, this.#limits.maxPathsPerService - Number(paths)]),
    );
    const admittedServices = await this.#admitServices(services, room, signal);
    const known = await this.#database.run<{ service: string; path: string }>(
      findPaths,
      [textArray(keys.map((key) => key.service)), textArray(keys.map((key) => key.path))],
      { signal },
    );
    const paths = new Set(known.map(({ service, path }) => JSON.stringify([service, path])));
    for (const { service, path } of keys) {
      const left = room.get(service) ?? this.#limits.maxPathsPerService;
      const name = JSON.stringify([service, path]);
      if (left <= 0 || paths.has(name)) continue;
      paths.add(name);
      room.set(service, left - 1);
    }
    return ({ service, method, path }) => {
      if (!admittedServices.has(service)) return { service: OVERFLOW, method, path: OVERFLOW };
      return { service, method, path: paths.has(JSON.stringify([service, path])) ? path : OVERFLOW };
    };
  }

  async #admitServices(services: string[], existing: ReadonlyMap<string, number>, signal: AbortSignal) {
    const added = services.filter((service) => !existing.has(service));
    if (added.length === 0) return new Set(services);
    const [row] = await this.#database.run<{ services: bigint }>(countServices, [], { signal });
    const room = Math.max(0, this.#limits.maxServices - Number(row?.services ?? 0));
    const refused = new Set(added.slice(room));
    return new Set(services.filter((service) => !refused.has(service)));
  }
}

const identity = (key: Key): Name => key;

function id({ service, method, path }: Name): string {
  return JSON.stringify([service, method, path]);
}

function columns(names: readonly Name[]): Buffer[] {
  return [
    textArray(names.map((name) => name.service)),
    int2Array(names.map((name) => name.method)),
    textArray(names.map((name) => name.path)),
  ];
}
