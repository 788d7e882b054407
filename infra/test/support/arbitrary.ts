import fc, { type Arbitrary } from "fast-check";

/** The part of JSON Schema that a configuration's schema uses. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** Any value that a schema accepts. @throws Error for what it does not know, so that nothing goes untested in silence */
export function valuesOf(schema: Schema): Arbitrary<unknown> {
  const { type, oneOf, anyOf } = schema;
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (oneOf !== undefined || anyOf !== undefined) return fc.oneof(...(oneOf ?? anyOf ?? []).map(valuesOf));
  switch (type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: schema.minimum!, max: schema.maximum! });
    case "string":
      return text(schema);
    case "array":
      return fc.array(valuesOf(schema.items!), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems!, 3),
      });
    case "object":
      return schema.properties === undefined ? map(schema) : object(schema);
    default:
      throw new Error(`no values are known for ${JSON.stringify(schema)}`);
  }
}

function text({ pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema): Arbitrary<string> {
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 40), unit: "grapheme" });
  return fc
    .stringMatching(new RegExp(pattern), { size: "small" })
    .filter(({ length }) => length >= minLength && length <= maxLength);
}

function map({ propertyNames, additionalProperties }: Schema): Arbitrary<unknown> {
  return fc.dictionary(text(propertyNames!), valuesOf(additionalProperties as Schema), {
    maxKeys: 3,
    noNullPrototype: true,
  });
}

function object({ properties = {}, required = [] }: Schema): Arbitrary<unknown> {
  const entries = Object.entries(properties).map(([key, one]) => [key, valuesOf(one)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: [...required], noNullPrototype: true });
}
