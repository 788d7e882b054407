import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import fc from "fast-check";
import { PROFILES } from "../../src/bundle/profiles.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import type { Schema } from "../support/arbitrary.ts";
import { configs } from "../support/configs.ts";

const committed = JSON.parse(
  readFileSync(new URL("../../../charts/config.schema.json", import.meta.url), "utf8"),
) as object;
const accepts = new Ajv({ allErrors: true }).compile(committed);

/** Every property of a schema, by its path. */
function* fields(schema: Schema, path = ""): Generator<[path: string, schema: Schema]> {
  for (const [key, one] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${key}`, one];
    yield* fields(one, `${path}.${key}`);
  }
  for (const one of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) yield* fields(one, path);
  if (schema.items !== undefined) yield* fields(schema.items, `${path}[]`);
}

describe("the schema of a configuration", () => {
  test("accepts the configuration of every profile", () => {
    for (const { config } of PROFILES) expect([accepts(config), accepts.errors]).toEqual([true, null]);
  });

  test("accepts whatever the synthesis accepts", () => {
    fc.assert(
      fc.property(configs, ({ input }) => {
        expect([accepts(input), accepts.errors]).toEqual([true, null]);
      }),
    );
  });

  test("refuses what the synthesis refuses, but for fields that do not go together", () => {
    expect(accepts({ server: { replicas: 0 } })).toBe(false);
    expect(accepts({ server: { repliccas: 1 } })).toBe(false);
    expect(accepts({ database: { kind: "inside", host: "db" } })).toBe(false);
  });

  test("says of every field what it is, and of its default what the default is", () => {
    const undescribed: string[] = [];
    for (const [path, { description = "", ...schema }] of fields(configJsonSchema())) {
      if (description === "") undescribed.push(path);
      const { default: standard } = schema;
      const isScalar = typeof standard === "string" || typeof standard === "number" || typeof standard === "boolean";
      if (isScalar && !description.includes(`Default ${standard}`) && !saysInWords(description, standard))
        undescribed.push(`${path}: ${standard}`);
    }
    expect(undescribed).toEqual([]);
  });
});

function saysInWords(description: string, standard: unknown): boolean {
  return standard === "10 0 * * *" && description.includes("Default ten past midnight");
}
