import type { Command } from "commander";
import type { Flags } from "../../config/read-settings.ts";
import { addClientOptions } from "../client-options.ts";
import { doctorObject, doctorText, tally } from "../doctor-report.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import type { DoctorOptions } from "../run-doctor.ts";
import { addSettings } from "../settings-options.ts";

export function doctorCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("doctor")
    .summary("find out what is wrong, and what to do")
    .description(
      "Looks at the configuration of `count serve`, its database, schema, clock, permissions and roll-up, and at a running " +
        "server when one is named. It changes nothing, counts nothing, and prints no secret.",
    )
    .optionsGroup("Output:")
    .option("--json", "a JSON object with a list of findings")
    .option("--strict", "end with 6 for a warning too")
    .optionsGroup("Also:")
    .option("--queue-dir <DIR>", "the folder of an agent's queue, to be looked at too");
  addClientOptions(command, 10, "each check", { optional: true });
  addSettings(command, "serve").addHelpText("after", helpText(HELP));
  command.action(async (options: DoctorOptions & { readonly json?: boolean; readonly strict?: boolean } & Flags) => {
    // Loaded here: the database's drivers would triple the time of `count --help`.
    const { runDoctor } = await import("../run-doctor.ts");
    const findings = await interruptible((signal) => runDoctor(options, options, io, signal));
    io.stdout.write(options.json === true ? toJson(doctorObject(findings)) : doctorText(findings));
    const { wrong, warning } = tally(findings);
    done(wrong > 0 || (options.strict === true && warning > 0) ? EXIT.wrong : EXIT.ok);
  });
}

const HELP = {
  examples: [
    ["count doctor", "what `count serve` would use, with this environment"],
    ["count doctor --server count:7777 --ca ca.pem", "and a server that runs"],
    ["count doctor --server count:7777 --queue-dir /var/lib/count-agent", "where an agent runs, which sends there"],
    ["count doctor --json", "for a program: ok, and findings with id, state, says, next"],
  ],
  notes: [
    "Run it where the server runs, with its environment and flags.",
    "A warning works and needs somebody; it leaves the exit code 0, unless --strict.",
    "docs/operations.md explains every finding.",
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.wrong, EXIT.interrupted],
} as const;
