import { METHOD_NUMBERS, methodName } from "@count/proto";
import { isTimeZone } from "./civil-time.ts";
import { numberParameter, type Parameter, parameter, textParameter, wordParameter } from "./parameter.ts";
import { parseWhen, type When } from "./when.ts";

/** Longest path and service that a server can be configured to take, in bytes, is 1,300; a filter has no use for more. */
const MAX_TEXT = 1_300;

export const GRANULARITIES = ["quarter_hour", "hour", "day", "week", "month", "all"] as const;
export const DIMENSIONS = ["service", "method", "path"] as const;
const METHOD_NAMES = METHOD_NUMBERS.map((number) => methodName(number) ?? "");

const WHEN = {
  accepts: "a day 2026-11-24, a month 2026-11, a year 2026, or a UTC time 2026-11-24T13:15:00Z at a quarter of an hour",
  schema: {
    type: "string",
    pattern: "^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:(00|15|30|45)(:00(\\.0+)?)?Z)?)?)?$",
  },
  parse: parseWhen,
} as const;

/** The parameters of `GET /api/v1/totals`. */
export const TOTALS_PARAMETERS = Object.freeze({
  from: parameter<When>({
    ...WHEN,
    description:
      "The first day, in time_zone, or a moment; then `to` must be one as well. A month or a year means its first day. Default: 29 days before `to`.",
    example: "2026-11-01",
  }),
  to: parameter<When>({
    ...WHEN,
    description:
      "The last day, included, or the moment at which the range ends. A month or a year means its last day. Default: today in time_zone.",
    example: "2026-11-25",
  }),
  time_zone: parameter<string>({
    description:
      "Whose days are meant: a name of the IANA database. The days of zones other than UTC are known as far back as `buckets_from` of the answer. Default: UTC.",
    accepts: "a name of the IANA database, such as Europe/Berlin",
    schema: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_+/\\-]{0,63}$" },
    example: "Europe/Berlin",
    parse: (text) => (isTimeZone(text) ? text : undefined),
  }),
  granularity: wordParameter("How the range is cut into periods; weeks begin on Monday. Default: all.", GRANULARITIES, {
    example: "day",
  }),
  by: wordParameter("What has a row of its own within a period. Default: nothing, one row a period.", DIMENSIONS, {
    example: "path",
    many: "commas",
  }),
  service: textParameter("Only this service; empty for requests without one. Several: any of them.", {
    min: 0,
    max: MAX_TEXT,
    example: "shop",
    many: "list",
  }),
  method: wordParameter("Only this method. Several: any of them.", METHOD_NAMES, { example: "GET", many: "list" }),
  path: textParameter("Only this path. Several, with path_prefix and path_glob: any of them.", {
    min: 1,
    max: MAX_TEXT,
    example: "/users/:id",
    many: "list",
  }),
  path_prefix: textParameter("Only paths that start so.", { min: 1, max: MAX_TEXT, example: "/users/", many: "list" }),
  path_glob: textParameter(
    "Only paths that fit as a whole: * is any text without a slash, ** any text, ? one character that is no slash.",
    { min: 1, max: MAX_TEXT, example: "/users/*/orders", many: "list" },
  ),
  top: numberParameter(
    "Only the groups with the most requests, in this order; what the others have is in one remainder row for each period. Not together with page_size.",
    1,
    10_000,
    "20",
  ),
  compare: wordParameter("previous: beside each count the one of as many periods before `from`.", ["previous"], {
    example: "previous",
  }),
  rolled_up_only: wordParameter(
    "true: leave out what is stored and not rolled up yet. Default: false.",
    ["true", "false"],
    { example: "true" },
  ),
  page_size: numberParameter(
    "Rows of a page, without top. Default: 1000. Not for CSV, which has all pages.",
    1,
    10_000,
    "1000",
  ),
  page_token: textParameter("next_page_token of the page before; everything else must be as it was. Not for CSV.", {
    min: 1,
    max: 8_192,
    example: "eyJ2IjoxfQ",
  }),
  format: wordParameter(
    "json or csv, whatever the Accept header says. Default: csv when Accept prefers text/csv, else json.",
    ["json", "csv"],
    { example: "csv" },
  ),
});

type Table = typeof TOTALS_PARAMETERS;
type ValueOf<P> = P extends Parameter<infer Value> ? Value : never;

/** What was given: a list for each parameter, empty when it was not. */
export type TotalsValues = { readonly [Key in keyof Table]: readonly ValueOf<Table[Key]>[] };
