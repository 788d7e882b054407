import { Command } from "commander";
import { agentCommand } from "./commands/agent.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { importCommand } from "./commands/import.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { pathsCommand } from "./commands/paths.ts";
import { rollupCommand } from "./commands/rollup.ts";
import { serveCommand } from "./commands/serve.ts";
import { tokenCommand } from "./commands/token.ts";
import { totalsCommand } from "./commands/totals.ts";
import { helpText } from "./help-text.ts";
import type { Io } from "./io.ts";
import { version } from "./version.ts";

/** The `count` command. `done` hears the exit code of what was run. */
export function createProgram(io: Io, done: (code: number) => void): Command {
  const program = new Command("count")
    .description("Counts how often every API method and path was called, per service and day, exactly.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print what a command does, with examples")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "count: ")),
    })
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError("(add --help to see how it is used)")
    .addHelpText("after", helpText(HELP));
  serveCommand(program, io, done);
  migrateCommand(program, io, done);
  importCommand(program, io, done);
  rollupCommand(program, io, done);
  totalsCommand(program, io, done);
  pathsCommand(program, io, done);
  agentCommand(program, io, done);
  doctorCommand(program, io, done);
  tokenCommand(program, io, done);
  return program;
}

const HELP = {
  examples: [
    ["count serve", "serve on 127.0.0.1:7777, with a PostgreSQL of its own"],
    ["count import access.log.gz", "count the requests of a log"],
    ["count rollup", "add what is pending to the daily totals"],
    ["count totals --top 10", "what is requested most"],
  ],
  notes: ["`count help COMMAND` explains a command. --server or COUNT_SERVER names another server."],
} as const;
