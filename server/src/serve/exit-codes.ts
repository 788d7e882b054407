import { EXIT, EXIT_OF } from "../cli/exit-code.ts";
import { CountError } from "../domain/count-error.ts";

/** sysexits' EX_SOFTWARE: an error that nobody handled. */
export const EXIT_CRASHED = 70;

/** The exit code of a server that could not start or go on. What has to be corrected before trying again is a configuration. */
export function serveExitCode(error: unknown): number {
  const { code } = CountError.from(error);
  return code === "invalid" || code === "precondition" ? EXIT.configuration : EXIT_OF[code];
}
