import { CommanderError } from "commander";
import { EXIT } from "./exit-code.ts";

/** An error in how a command was called that commander cannot find by itself. */
export function usageError(message: string): CommanderError {
  return new CommanderError(EXIT.usage, "count.usage", message);
}
