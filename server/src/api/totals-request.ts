import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  DateSchema,
  Dimension,
  dayOf,
  Granularity,
  methodFromName,
  PathFilterSchema,
  periodOf,
  type QueryTotalsRequest,
  QueryTotalsRequestSchema,
  toDate,
} from "@count/proto";
import { civilDate } from "./civil-time.ts";
import type { ParameterFault } from "./problem.ts";
import { readParameters, refusal } from "./read-parameters.ts";
import { type DIMENSIONS, type GRANULARITIES, TOTALS_PARAMETERS, type TotalsValues } from "./totals-parameters.ts";
import type { When } from "./when.ts";

const DEFAULT_DAYS = 30;

/** What `GET /api/v1/totals` asks for. */
export interface TotalsQuery {
  readonly request: QueryTotalsRequest;
  /** A name of the IANA database; UTC when none was given. */
  readonly timeZone: string;
  readonly granularity: (typeof GRANULARITIES)[number];
  readonly by: readonly (typeof DIMENSIONS)[number][];
  /** Undefined: what the Accept header prefers. */
  readonly format: "json" | "csv" | undefined;
}

/** @throws ProblemError 400, see {@link readParameters} */
export function totalsQuery(search: URLSearchParams, nowMs: number): TotalsQuery {
  const values = readParameters(TOTALS_PARAMETERS, search) as unknown as TotalsValues;
  const timeZone = values.time_zone[0] ?? "UTC";
  const granularity = values.granularity[0] ?? "all";
  const paths = [
    ...values.path.map((value) => ({ case: "exact" as const, value })),
    ...values.path_prefix.map((value) => ({ case: "prefix" as const, value })),
    ...values.path_glob.map((value) => ({ case: "glob" as const, value })),
  ];
  const request = create(QueryTotalsRequestSchema, {
    ...range(values, timeZone, nowMs, (name) => search.get(name) ?? ""),
    timeZone: timeZone === "UTC" ? "" : timeZone,
    granularity: Granularity[granularity.toUpperCase() as Uppercase<typeof granularity>],
    groupBy: values.by.map((name) => Dimension[name.toUpperCase() as Uppercase<typeof name>]),
    services: [...values.service],
    methods: values.method.map(methodFromName),
    paths: paths.map((kind) => create(PathFilterSchema, { kind })),
    top: values.top[0] ?? 0,
    comparePrevious: values.compare.length > 0,
    rolledUpOnly: values.rolled_up_only[0] === "true",
    pageSize: values.page_size[0] ?? 0,
    pageToken: values.page_token[0] ?? "",
  });
  const paging = (["page_size", "page_token"] as const).filter((name) => values[name].length > 0);
  if (request.top > 0 && paging.length > 0) {
    throw refusal(
      paging.map((name) => ({ parameter: name, value: String(values[name][0]), accepts: "left out with top" })),
    );
  }
  return { request, timeZone, granularity, by: values.by, format: values.format[0] };
}

type Range = Pick<Partial<QueryTotalsRequest>, "startDate" | "endDate" | "startTime" | "endTime">;

function range(values: TotalsValues, timeZone: string, nowMs: number, given: (name: string) => string): Range {
  const to = values.to[0] ?? todayIn(timeZone, nowMs);
  const from = values.from[0] ?? daysBefore(to);
  const fault = (parameter: string, accepts: string): ParameterFault => ({
    parameter,
    value: given(parameter),
    accepts,
  });
  if ("seconds" in to) {
    if (!("seconds" in from)) throw refusal([fault("from", "a time, as to is")]);
    if (from.seconds >= to.seconds) throw refusal([fault("from", `before to, which is ${given("to")}`)]);
    return { startTime: timestampFromMs(from.seconds * 1_000), endTime: timestampFromMs(to.seconds * 1_000) };
  }
  if (!("date" in from)) throw refusal([fault("from", "a day, as to is")]);
  if (dayOf(from.date) >= periodOf(to.date).end) {
    const last = values.to.length > 0 ? given("to") : `today, ${civilDate(nowMs, timeZone)}`;
    throw refusal([fault("from", `not after to, which is ${last}`)]);
  }
  return { startDate: create(DateSchema, from.date), endDate: create(DateSchema, to.date) };
}

function todayIn(timeZone: string, nowMs: number): When {
  const [year = 0, month = 0, day = 0] = civilDate(nowMs, timeZone).split("-").map(Number);
  return { date: { year, month, day } };
}

function daysBefore(to: When): When {
  if ("seconds" in to) return { seconds: to.seconds - DEFAULT_DAYS * 86_400 };
  // The years before the first have no days.
  return { date: toDate(Math.max(periodOf(to.date).end - DEFAULT_DAYS, dayOf({ year: 1, month: 1, day: 1 }))) };
}
