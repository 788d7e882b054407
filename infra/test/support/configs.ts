import type { Arbitrary } from "fast-check";
import { type Config, type ConfigInput, configSchema } from "../../src/config/config.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { type Schema, valuesOf } from "./arbitrary.ts";

/**
 * Any configuration, drawn from the schema. What fields may not be together the schema cannot say: those are put right, and the
 * few that are left are drawn again.
 */
export const configs: Arbitrary<{ input: ConfigInput; config: Config }> = valuesOf(configJsonSchema() as Schema)
  .map((value) => together(value as ConfigInput))
  .filter((input) => configSchema.safeParse(input).success)
  .map((input) => ({ input, config: configSchema.parse(input) }));

function together(input: ConfigInput): ConfigInput {
  const { database, server: { replicas, autoscaling, ...server } = {} } = input;
  return {
    ...input,
    namespace: input.namespace ?? "apis",
    server: {
      ...server,
      ...(database?.kind === "inside" || replicas === undefined ? {} : { replicas }),
      ...(database?.kind === "inside" || autoscaling === undefined ? {} : { autoscaling }),
    },
  };
}
