import { int2Array, textArray } from "../binary-array.ts";
import type { Values } from "./values.ts";

/** Columns of `count.methods` by which requests are grouped. */
export type TotalsDimension = "service" | "method" | "path";

/** Which methods count; undefined: all. */
export interface MethodFilter {
  readonly services: readonly string[] | undefined;
  readonly methods: readonly number[] | undefined;
  /** Paths that one of the two lets through: as they are, or regular expressions that are anchored. */
  readonly paths: { readonly exact: readonly string[]; readonly sources: readonly string[] } | undefined;
}

/** A group, as the last one of a page. What is not grouped by is without meaning. */
export interface GroupPosition {
  readonly path: string;
  readonly method: number;
  readonly service: string;
}

/** The order of an answer. */
const ORDER: readonly TotalsDimension[] = ["path", "method", "service"];

/** A method that is read as another one has that one's service and method. */
const COLUMN = { service: "m.service", method: "m.method", path: "coalesce(r.path, m.path)" } as const;

/** By the bytes of UTF-8, whatever the database's collation. */
const SORTED = {
  service: (column: string) => `convert_to(${column}, 'UTF8')`,
  method: (column: string) => column,
  path: (column: string) => `convert_to(${column}, 'UTF8')`,
} as const;

/** How groups are made of the methods, in SQL. */
export class Groups {
  readonly #dimensions: readonly TotalsDimension[];
  readonly #conditions: readonly string[];
  readonly #needsPath: boolean;

  constructor(groupBy: readonly TotalsDimension[], filter: MethodFilter, values: Values) {
    this.#dimensions = ORDER.filter((dimension) => groupBy.includes(dimension));
    this.#conditions = conditions(filter, values);
    this.#needsPath = filter.paths !== undefined || groupBy.includes("path");
  }

  get isOne(): boolean {
    return this.#dimensions.length === 0;
  }

  /** What follows `from … as s`, which has a method_id. */
  get join(): string {
    if (this.isOne && this.#conditions.length === 0) return "";
    const method = "join count.methods as m on m.id = s.method_id";
    return this.#needsPath ? `${method} left join count.methods as r on r.id = m.counted_as` : method;
  }

  /** The ids of the methods that count, as `id`. */
  get chosen(): string {
    const read = this.#needsPath ? " left join count.methods as r on r.id = m.counted_as" : "";
    return `select m.id from count.methods as m${read} ${this.where()}`;
  }

  /** @param more conditions */
  where(...more: readonly string[]): string {
    const all = [...this.#conditions, ...more];
    return all.length === 0 ? "" : `where ${all.join(" and ")}`;
  }

  /** `m.path as path, `: what is selected, each with a comma after it. */
  get selected(): string {
    return this.#dimensions.map((dimension) => `${COLUMN[dimension]} as ${dimension}, `).join("");
  }

  /** `, m.path`: what is grouped by, each with a comma before it. */
  get grouped(): string {
    return this.#dimensions.map((dimension) => `, ${COLUMN[dimension]}`).join("");
  }

  /** `, convert_to(path, 'UTF8')`: the order of groups, each with a comma before it. */
  get ordered(): string {
    return this.#dimensions.map((dimension) => `, ${SORTED[dimension](dimension)}`).join("");
  }

  /** All three columns of groups that have been selected, in their order in the answer. */
  columns(of: string): string {
    const column = (dimension: TotalsDimension, type: string) =>
      this.#dimensions.includes(dimension) ? `${of}.${dimension}` : `null::${type}`;
    return `${column("service", "text")}, ${column("method", "smallint")}, ${column("path", "text")}`;
  }

  /** What joins a method with the group that it belongs to. */
  belongs(to: string): string {
    return this.#dimensions.map((dimension) => `${to}.${dimension} = ${COLUMN[dimension]}`).join(" and ");
  }

  /** Whether a group of a period comes after another. */
  comesAfter(period: number, group: GroupPosition | undefined, values: Values): string {
    const first = values.add("bigint", period);
    if (group === undefined) return `period >= ${first}`;
    const types = { service: "text", method: "smallint", path: "text" } as const;
    const position = this.#dimensions.map((dimension) =>
      SORTED[dimension](values.add(types[dimension], group[dimension])),
    );
    return `(period${this.ordered}) > (${[first, ...position].join(", ")})`;
  }
}

function conditions({ services, methods, paths }: MethodFilter, values: Values): string[] {
  const all: string[] = [];
  if (services !== undefined) all.push(`${COLUMN.service} = any(${values.add("text[]", textArray(services))})`);
  if (methods !== undefined) all.push(`${COLUMN.method} = any(${values.add("smallint[]", int2Array(methods))})`);
  if (paths !== undefined) {
    const some: string[] = [];
    if (paths.exact.length > 0) some.push(`${COLUMN.path} = any(${values.add("text[]", textArray(paths.exact))})`);
    if (paths.sources.length > 0) {
      const source = paths.sources.map((one) => `(?:${one})`).join("|");
      some.push(`${COLUMN.path} ~ ${values.add("text", source)}`);
    }
    all.push(`(${some.join(" or ")})`);
  }
  return all;
}
