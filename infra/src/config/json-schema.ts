import { z } from "zod";
import { configSchema } from "./config.ts";

/** The JSON Schema of a configuration as a team writes it, for editors. */
export function configJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: "input", target: "draft-7" });
  return { $schema, title: "Configuration of a bundle of Count", ...schema };
}
