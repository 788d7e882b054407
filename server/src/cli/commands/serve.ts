import type { Command } from "commander";
import { serveConfig } from "../../config/config.ts";
import type { Flags } from "../../config/read-settings.ts";
import { configured } from "../configured.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import type { Io } from "../io.ts";
import { addSettings } from "../settings-options.ts";
import { version } from "../version.ts";

export function serveCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("serve")
    .summary("run the server")
    .description(
      "Serves count.v1 over gRPC, and health and metrics over HTTP, until it gets SIGTERM or SIGINT. " +
        "Without --db-url or DB_URL it runs a PostgreSQL of its own, and keeps its data in a folder.",
    );
  addSettings(command, "serve").addHelpText("after", helpText(HELP));
  command.action(async (flags: Flags) => {
    const config = configured(() => serveConfig(flags, io.env));
    // Loaded here: the database's drivers and the server would triple the time of `count --help`.
    const [{ serve }, { serveParts }] = await Promise.all([
      import("../../serve/serve.ts"),
      import("../../serve/serve-parts.ts"),
    ]);
    done(await serve(config, { parts: serveParts, stdout: io.stdout, process, version: version(), env: io.env }));
  });
}

const HELP = {
  examples: [
    ["count serve", "serve on 127.0.0.1:7777, data in a folder of the user's"],
    ["count serve --data-dir ./data", "data in another folder"],
    ["DB_URL=postgresql://count@db:5432/count count serve", "a database of yours; `count migrate` prepares it"],
  ],
  notes: [
    "A flag goes before the environment. An empty variable is as good as none.",
    "The first SIGTERM or SIGINT drains and stops; a second one ends the process at once.",
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.configuration, EXIT.interrupted],
} as const;
