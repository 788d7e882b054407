import { Dimension as AskedDimension, Granularity, METHOD_NUMBERS, type QueryTotalsRequest } from "@count/proto";
import { CountError } from "../../domain/count-error.ts";
import { checkText, pathPattern } from "../../domain/path-pattern.ts";
import { checksumOf, readPageToken } from "./page-token.ts";
import type { Dimension, TotalsQuery } from "./query.ts";
import { MAX_PERIODS, readPeriods, readPrevious, readRange } from "./read-range.ts";
import { TimeZone } from "./time-zone.ts";

/** Rows of a page when nothing is said. */
export const DEFAULT_PAGE_SIZE = 1_000;
const MAX_PAGE_SIZE = 10_000;
const MAX_TOP = 10_000;
/** Rows of an answer that is not paged: each is some 60 bytes. */
const MAX_TOP_ROWS = 250_000;
const MAX_FILTERS = 1_000;
/** Each is looked for in every path; those of many bytes make a large automaton. */
const MAX_PATHS = 50;
const MAX_PATHS_BYTES = 5_000;

const DIMENSIONS: ReadonlyMap<number, Dimension> = new Map([
  [AskedDimension.SERVICE, "service"],
  [AskedDimension.METHOD, "method"],
  [AskedDimension.PATH, "path"],
]);

const METHODS = new Set<number>(METHOD_NUMBERS);

const GRANULARITIES = new Map<number, string>(
  Object.entries(Granularity).flatMap(([name, number]) => (typeof number === "number" ? [[number, name]] : [])),
);

/** Checks a request and works it out. @throws CountError `invalid` that names the field, its value and what is accepted */
export function readQuery(request: QueryTotalsRequest): TotalsQuery {
  const { granularity, comparePrevious, rolledUpOnly } = request;
  const zone = TimeZone.named(request.timeZone);
  if (!GRANULARITIES.has(granularity)) throw unknownEnum("granularity", granularity, [...GRANULARITIES.keys()]);
  const range = readRange(request, zone);
  const boundaries = readPeriods(range, granularity, zone);
  const checksum = checksumOf(request);
  return {
    boundaries,
    previous: comparePrevious ? readPrevious(boundaries, granularity, zone) : undefined,
    groupBy: readGroupBy(request.groupBy),
    services: readServices(request.services),
    methods: readMethods(request.methods),
    paths: readPaths(request.paths),
    rolledUpOnly,
    ...readSelection(request, boundaries.length - 1, checksum),
    checksum,
    words: wordsFor(granularity, zone),
  };
}

function readGroupBy(asked: readonly number[]): readonly Dimension[] {
  const dimensions = new Set<Dimension>();
  for (const [index, number] of asked.entries()) {
    const dimension = DIMENSIONS.get(number);
    if (dimension === undefined) throw unknownEnum(`group_by[${index}]`, number, [...DIMENSIONS.keys()]);
    if (dimensions.has(dimension)) {
      throw new CountError(
        "invalid",
        `group_by[${index}] is ${dimension.toUpperCase()} again; accepted is each at most once`,
      );
    }
    dimensions.add(dimension);
  }
  return [...dimensions];
}

function readServices(services: readonly string[]): readonly string[] | undefined {
  atMost("services", services, MAX_FILTERS);
  for (const [index, service] of services.entries()) checkText(`services[${index}]`, service);
  return services.length === 0 ? undefined : services;
}

function readMethods(methods: readonly number[]): readonly number[] | undefined {
  atMost("methods", methods, MAX_FILTERS);
  for (const [index, method] of methods.entries()) {
    if (!METHODS.has(method)) throw unknownEnum(`methods[${index}]`, method, METHOD_NUMBERS);
  }
  return methods.length === 0 ? undefined : methods;
}

function readPaths(filters: QueryTotalsRequest["paths"]): TotalsQuery["paths"] {
  atMost("paths", filters, MAX_PATHS);
  const patterns = filters.map((filter, index) => pathPattern(`paths[${index}]`, filter));
  const bytes = patterns.reduce((sum, { kind, text }) => sum + (kind === "exact" ? 0 : Buffer.byteLength(text)), 0);
  if (bytes > MAX_PATHS_BYTES) {
    throw new CountError(
      "invalid",
      `paths has ${bytes} bytes of prefixes and globs; accepted are at most ${MAX_PATHS_BYTES}`,
    );
  }
  return patterns.length === 0 ? undefined : patterns;
}

function readSelection(
  { top, pageSize, pageToken, groupBy }: QueryTotalsRequest,
  periods: number,
  checksum: string,
): Pick<TotalsQuery, "top" | "pageSize" | "from"> {
  if (top > MAX_TOP) throw new CountError("invalid", `top is ${top}; accepted are 0 to ${MAX_TOP}`);
  if (pageSize > MAX_PAGE_SIZE) {
    throw new CountError("invalid", `page_size is ${pageSize}; accepted are 0 to ${MAX_PAGE_SIZE}`);
  }
  if (top === 0) {
    const from = pageToken === "" ? undefined : readPageToken(pageToken, checksum);
    if (from !== undefined && from.period >= periods) {
      throw new CountError("invalid", "page_token is not a next_page_token; accepted is one as it was answered");
    }
    return { top: undefined, pageSize: pageSize || DEFAULT_PAGE_SIZE, from };
  }
  if (pageSize > 0)
    throw new CountError("invalid", `page_size is ${pageSize} and top ${top}; accepted is one of the two`);
  if (pageToken !== "")
    throw new CountError("invalid", `page_token is given and top ${top}; accepted is one of the two`);
  if ((top + 1) * periods > MAX_TOP_ROWS) {
    throw new CountError(
      "invalid",
      `top is ${top} of ${periods} periods; accepted are at most ${MAX_TOP_ROWS} rows, remainders included`,
    );
  }
  // All that is counted is one group: it is the largest.
  return { top: groupBy.length === 0 ? undefined : top, pageSize: MAX_PERIODS, from: undefined };
}

function wordsFor(granularity: Granularity, zone: TimeZone): string {
  const cut =
    granularity === Granularity.UNSPECIFIED ? "" : ` with granularity ${GRANULARITIES.get(granularity) ?? ""}`;
  return `the range in time_zone ${zone.name}${cut}`;
}

function atMost(field: string, values: readonly unknown[], most: number): void {
  if (values.length > most)
    throw new CountError("invalid", `${field} has ${values.length} entries; accepted are at most ${most}`);
}

function unknownEnum(field: string, number: number, accepted: readonly number[]): CountError {
  return new CountError("invalid", `${field} ${number} is unknown; accepted are ${accepted.join(", ")}`);
}
