import { openApiSchemas } from "./openapi-schemas.ts";
import type { Parameter } from "./parameter.ts";
import { TOTALS_PARAMETERS } from "./totals-parameters.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ "application/json": { schema: ref(name) } });
const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});

const COMMON_PROBLEMS = {
  "401": problem("No token, or none that is known."),
  "403": problem("The token may not read."),
  "431": { description: "The headers, the URL among them, have more than 16 KiB." },
  "503": problem("The server or its database is away or busy; Retry-After says when to try again."),
  "504": problem("It took longer than 30 seconds."),
};

/** The document of the API, made from the same table that requests are read by. */
export function openApiDocument(version: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Count",
      version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      description:
        "How often every API method and path was called. The calls of count.v1 are also served by the protocol of Connect, at /count.v1.CountService/.",
    },
    servers: [{ url: "/" }],
    security: [{}, { bearer: [] }],
    paths: {
      "/api/v1/totals": {
        get: {
          operationId: "queryTotals",
          summary: "Totals of a range of time: filtered, grouped, in periods",
          description:
            "Everything that is stored counts, rolled up or not, in one snapshot. An answer without rows is no error.",
          parameters: Object.entries(TOTALS_PARAMETERS).map(([name, known]) => parameterObject(name, known)),
          responses: {
            "200": {
              description: "The totals. Every answer of JSON has a weak ETag over its counts.",
              headers: {
                ETag: { schema: { type: "string" }, description: "JSON only." },
                "Count-Snapshot-Time": {
                  schema: { type: "string", format: "date-time" },
                  description: "snapshot_time, also with 304. JSON only.",
                },
              },
              content: { ...json("Totals"), "text/csv": { schema: { type: "string" } } },
            },
            "304": { description: "The counts are those of the ETag in If-None-Match." },
            "400": problem(
              "A parameter that is unknown or has a value that is not accepted; or (code out_of_range) 15-minute counts that are not kept any more.",
            ),
            ...COMMON_PROBLEMS,
          },
        },
      },
      "/openapi.json": {
        get: {
          operationId: "getOpenApi",
          summary: "This document",
          security: [],
          responses: {
            "200": { description: "OpenAPI 3.1", content: { "application/json": { schema: { type: "object" } } } },
          },
        },
      },
    },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: openApiSchemas(),
    },
  };
}

function parameterObject(name: string, { description, schema, many, example }: Parameter): object {
  const isList = many !== "once";
  return {
    name,
    in: "query",
    description,
    schema: isList ? { type: "array", items: schema, uniqueItems: true } : schema,
    ...(isList ? { style: "form", explode: many === "list" } : {}),
    example: isList ? [example] : schemaType(schema) === "integer" ? Number(example) : example,
  };
}

function schemaType(schema: object): unknown {
  return (schema as { type?: unknown }).type;
}
