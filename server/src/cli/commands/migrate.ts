import type { Command } from "commander";
import { migrateConfig } from "../../config/config.ts";
import type { Flags } from "../../config/read-settings.ts";
import type { MigrateResult } from "../../db/migrate.ts";
import type { MigrateProgress } from "../../db/migrate-progress.ts";
import { asConfigurationError, configured } from "../configured.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { addSettings } from "../settings-options.ts";
import { counted, formatCount } from "../table.ts";

/** Between two lines that say that it still waits, in milliseconds. */
const WAIT_LINE_MS = 5_000;
/** Between two lines about the same part of a take-over, in milliseconds. */
const PROGRESS_LINE_MS = 2_000;

const TAKING_OVER = {
  methods: (done: bigint) => `methods: ${formatCount(done)} so far`,
  totals: (done: bigint) => `daily totals: ${counted(done, "request")} so far`,
  requests: (done: bigint) => `single requests: ${formatCount(done)} so far`,
  comparing: () => "the counts: comparing every day and method",
} as const;

export function migrateCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("migrate")
    .summary("bring a database's schema up to date")
    .description(
      "Applies the migrations that a database lacks, and says which. It waits for a database that is not there yet and for " +
        "another process that migrates. Repeating it is harmless, and so is running it many times at once.",
    )
    .option("--json", "a JSON object that says what was applied")
    .option(
      "--take-over",
      "take over the tables of the original Count: they are moved to the schema count_original and kept, their counts are " +
        "copied and compared; there is no way back",
    );
  addSettings(command, "migrate").addHelpText("after", helpText(HELP));
  command.action(async (flags: Flags) => {
    const config = configured(() => migrateConfig(flags, io.env));
    // Loaded here: the database's drivers would triple the time of `count --help`.
    const { migrateDatabase } = await import("../migrate-database.ts");
    const result = await interruptible((signal) =>
      migrateDatabase(config, flags["takeOver"] === true, signal, waitingLines(io)).catch((error: unknown) => {
        throw asConfigurationError(error);
      }),
    );
    io.stdout.write(
      flags["json"] === true
        ? toJson({ ...result, waitedMs: Math.round(result.waitedMs) })
        : resultText(result, flags["takeOver"] === true),
    );
    done(EXIT.ok);
  });
}

/** Says what it waits for, every few seconds. */
function waitingLines(io: Io): (progress: MigrateProgress) => void {
  let said = Number.NEGATIVE_INFINITY;
  let part = "";
  return (progress) => {
    if (progress.kind === "applying") {
      io.stderr.write(`count migrate: applying ${progress.name}\n`);
      return;
    }
    const now = io.now();
    if (progress.kind === "taking-over") {
      const { what, done } = progress;
      if (what === part && now - said < PROGRESS_LINE_MS) return;
      part = what;
      said = now;
      io.stderr.write(`count migrate: taking over ${TAKING_OVER[what](done)}\n`);
      return;
    }
    if (now - said < WAIT_LINE_MS) return;
    said = now;
    const reason = progress.kind === "waiting-for-database" ? progress.reason : "another process migrates";
    io.stderr.write(`count migrate: waiting (${Math.floor(progress.waitedMs / 1_000)} s so far): ${reason}\n`);
  };
}

function resultText({ applied, alreadyApplied, takenOver }: MigrateResult, asked: boolean): string {
  const migrations =
    applied.length === 0
      ? `Nothing to ${takenOver ? "migrate" : "do"}: all ${counted(alreadyApplied, "migration")} are there.\n`
      : `Applied ${counted(applied.length, "migration")}:\n${applied.map((name) => `  ${name}\n`).join("")}`;
  if (!asked) return migrations;
  if (takenOver === undefined)
    return `${migrations}There is nothing to take over from the original Count, or it was done before.\n`;
  const { methods, days, requests } = takenOver;
  return (
    `${migrations}Took over ${counted(requests, "request")} of ${counted(days, "day")} and ${counted(methods, "method")}; every day and ` +
    "method has as many as before.\n" +
    "The original's tables are kept in the schema count_original. When nobody needs them any more:\n" +
    "  drop schema count_original cascade;\n"
  );
}

const HELP = {
  examples: [
    ["DB_URL=postgresql://count@db:5432/count count migrate", "a database of yours"],
    ["count migrate --db-url … --migrate-wait-ms 0", "do not wait"],
    ["count migrate --take-over", "make a database of the original Count ours; docs/operations.md says how"],
    ["count migrate --json", "for a program: applied, alreadyApplied, waitedMs"],
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.configuration, EXIT.interrupted],
} as const;
