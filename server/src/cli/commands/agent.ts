import type { Command } from "commander";
import { agentConfig } from "../../config/agent-config.ts";
import { agentSettings } from "../../config/agent-settings.ts";
import type { Flags } from "../../config/read-settings.ts";
import { configured } from "../configured.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import type { Io } from "../io.ts";
import { addSettings } from "../settings-options.ts";
import { version } from "../version.ts";

export function agentCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("agent")
    .summary("run the sidecar")
    .description(
      "Runs beside an application, takes its counts on this machine and forwards them to a Count server, until it gets SIGTERM " +
        "or SIGINT: Add and Record of count.v1, what passes its reverse proxy, and Envoy's access logs.",
    );
  addSettings(command, "agent", agentSettings).addHelpText("after", helpText(HELP));
  command.action(async (flags: Flags) => {
    const config = configured(() => agentConfig(flags, io.env));
    // Loaded here, as with serve.
    const { runAgent } = await import("../../agent/run-agent.ts");
    done(await runAgent(config, { stdout: io.stdout, process, version: version(), env: io.env }));
  });
}

const HELP = {
  examples: [
    ["count agent --server count:7777", "take Add and Record on 127.0.0.1:7778, queue in a folder of the user's"],
    ["count agent --listen unix:/run/count/agent.sock --queue-dir /var/lib/count-agent", "the same on a Unix socket"],
    ["count agent --proxy-listen 0.0.0.0:8000 --upstream http://127.0.0.1:8080", "count what passes to an application"],
    ["count agent --proxy-listen :8000 --upstream http://127.0.0.1:8080 --openapi api.yaml", "by its API's paths"],
  ],
  notes: [
    "A flag goes before the environment. An empty variable is as good as none.",
    "The first SIGTERM or SIGINT drains, delivers and stops; a second one ends the process at once.",
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.configuration, EXIT.interrupted],
} as const;
