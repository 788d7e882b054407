import { CommanderError } from "commander";
import { CountError } from "../domain/count-error.ts";
import { EXIT, EXIT_OF } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";

/** Runs `count` with the arguments that follow its name. Resolves with the exit code, never rejects. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(io, (exit) => {
    code = exit;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error, args, io);
  }
}

function report(error: unknown, args: readonly string[], io: Io): number {
  const name = commandName(args);
  if (error instanceof CommanderError) {
    // Help and the version that were asked for have exit code 0. Commander has printed its own errors.
    if (error.code === "count.usage") io.stderr.write(`${name}: ${error.message}\n(${name} --help says more)\n`);
    if (error.code === "count.configuration") io.stderr.write(`${name}: ${error.message}\n`);
    if (error.code.startsWith("count.")) return error.exitCode;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  const { code, message, cause } = CountError.from(error);
  io.stderr.write(`${name}: ${message}\n`);
  // A fault of count itself: whoever reports it needs to say where it was.
  if (code === "internal" && cause instanceof Error && cause.stack !== undefined) io.stderr.write(`${cause.stack}\n`);
  return EXIT_OF[code];
}

function commandName([first]: readonly string[]): string {
  return first !== undefined && /^[a-z]+$/.test(first) ? `count ${first}` : "count";
}
