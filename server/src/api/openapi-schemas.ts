import { METHOD_NUMBERS, methodName } from "@count/proto";
import { DIMENSIONS, GRANULARITIES } from "./totals-parameters.ts";

const NO_DAY = { type: ["string", "null"], format: "date" };
const TIME = { type: "string", format: "date-time" };
const TEXT = { type: "string" };

const COUNT = {
  description: "A number where JSON's are exact, and a string beyond 2^53 - 1.",
  anyOf: [
    { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { type: "string", pattern: "^[1-9][0-9]{15,18}$" },
  ],
};
const count = { $ref: "#/components/schemas/Count" };

function object(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

/** The shapes of what the API answers; `totals-answer.ts` has them as types. */
export function openApiSchemas(): Readonly<Record<string, object>> {
  const periods = { type: "array", items: { $ref: "#/components/schemas/Period" } };
  return {
    Count: COUNT,
    Period: object({
      name: { ...TEXT, description: "How rows name it: its first day, or moment, in time_zone." },
      start: TIME,
      end: { ...TIME, description: "Not part of it any more." },
    }),
    Row: object(
      {
        period: { ...TEXT, description: "name of a period" },
        service: TEXT,
        method: { type: "string", examples: METHOD_NUMBERS.map((number) => methodName(number)) },
        path: TEXT,
        count,
        previous_count: count,
        remainder: { const: true, description: "All groups that have no row of their own, because of top." },
      },
      ["service", "method", "path", "previous_count", "remainder"],
    ),
    Totals: object(
      {
        time_zone: TEXT,
        granularity: { type: "string", enum: GRANULARITIES },
        by: { type: "array", items: { type: "string", enum: DIMENSIONS } },
        periods,
        previous_periods: { ...periods, description: "With compare." },
        rows: { type: "array", items: { $ref: "#/components/schemas/Row" } },
        total: { ...count, description: "Requests in the whole range that the filters let through." },
        previous_total: { ...count, description: "With compare." },
        pending: { ...count, description: "How many of total are not rolled up yet." },
        known_lost: { ...count, description: "What clients reported as lost within the range, whatever the filters." },
        complete_through: { ...NO_DAY, description: "Everything stored of UTC days up to this one is rolled up." },
        buckets_from: { ...NO_DAY, description: "The first UTC day whose 15-minute counts are all kept." },
        totals_from: { ...NO_DAY, description: "The first UTC day whose totals are kept; null: all are." },
        snapshot_time: { ...TIME, description: "When the answer was true." },
        next_page_token: { type: ["string", "null"], description: "null: this is the last page." },
      },
      ["previous_periods", "previous_total"],
    ),
    ParameterFault: object({ parameter: TEXT, value: TEXT, accepts: TEXT }),
    Problem: object(
      {
        type: TEXT,
        title: TEXT,
        status: { type: "integer" },
        code: { ...TEXT, description: "Stable: invalid_argument, out_of_range, unauthenticated, unavailable, …" },
        detail: { ...TEXT, description: "For people." },
        errors: { type: "array", items: { $ref: "#/components/schemas/ParameterFault" } },
      },
      ["errors"],
    ),
  };
}
