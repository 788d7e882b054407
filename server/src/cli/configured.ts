import { CommanderError } from "commander";
import { CountError } from "../domain/count-error.ts";
import { EXIT } from "./exit-code.ts";

/** Reads a configuration. @throws CommanderError with exit code 78 and all that is wrong with it. */
export function configured<Config>(read: () => Config): Config {
  try {
    return read();
  } catch (error) {
    throw asConfigurationError(error);
  }
}

/**
 * An error of a command that stands on its configuration alone: what the database or the data folder will never take is
 * to be corrected there.
 */
export function asConfigurationError(error: unknown): unknown {
  const { code, message } = CountError.from(error);
  if (code !== "invalid" && code !== "precondition") return error;
  return new CommanderError(EXIT.configuration, "count.configuration", message);
}
