import { configJsonSchema } from "../config/json-schema.ts";
import { checkConfig } from "../config/read-config.ts";

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly [key: string]: unknown;
}

/** Fields of a configuration that a chart has not: where it goes Helm says, and the database is one that is there. */
const LEFT_OUT = { root: ["namespace"], images: ["postgres", "cockroachdb"] };

function without(schema: Schema, names: readonly string[]): Schema {
  return { ...schema, properties: omit(schema.properties ?? {}, names) };
}

function omit<Value>(
  object: Readonly<Record<string, Value>> | object,
  names: readonly string[],
): Record<string, Value> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** The schema of the chart's values: that of a configuration with a database that is there already. */
export function valuesSchema(): Schema {
  const schema = without(configJsonSchema() as Schema, LEFT_OUT.root);
  const { database, images, name } = schema.properties!;
  return {
    ...schema,
    title: "Values of the chart count",
    properties: {
      // Helm hands this to every chart that is part of another.
      global: { type: "object" },
      ...schema.properties,
      name: {
        ...name,
        description:
          "Name of the bundle, and the beginning of every other name. Default: the release's, cut to 30 characters.",
      },
      images: without(images!, LEFT_OUT.images),
      database: { ...database!.oneOf![0]!, description: database!.description ?? "" },
    },
  };
}

/** What `values.yaml` holds, and the schema's default for whatever it does not. */
export function defaultValues(): Record<string, unknown> {
  const { images, ...values } = omit(checkConfig({}), ["name", ...LEFT_OUT.root]);
  return { images: omit(images as object, LEFT_OUT.images), ...values };
}

/** `values.yaml`: every field with its description, those without a default as comments. */
export function valuesYaml(): string {
  const fields = omit<Schema>(valuesSchema().properties ?? {}, ["global"]);
  return `# Written by \`npm run synth\` from the configuration of a bundle; values.schema.json has the same with what is accepted.\n${section(fields, defaultValues(), "")}`;
}

function section(
  properties: Readonly<Record<string, Schema>>,
  values: Readonly<Record<string, unknown>>,
  indent: string,
): string {
  return Object.entries(properties)
    .map(([key, schema]) => field(key, schema, values[key], indent))
    .join("");
}

function field(key: string, schema: Schema, value: unknown, indent: string): string {
  const comment = `${indent}# ${schema.description ?? ""}\n`;
  if (value === undefined) return `${comment}${indent}# ${key}:\n`;
  if (isMap(value) && schema.properties !== undefined) {
    const isEmpty = Object.values(value).every((one) => one === undefined);
    const begin = `${comment}${indent}${key}:${isEmpty ? " {}" : ""}\n`;
    return `${begin}${section(schema.properties, value, `${indent}  `)}`;
  }
  // JSON is YAML.
  return `${comment}${indent}${key}: ${JSON.stringify(value)}\n`;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
