import { create } from "@bufbuild/protobuf";
import { countService, ListPathRulesRequestSchema, SetPathRulesRequestSchema } from "@count/proto";
import type { Command } from "commander";
import { addClientOptions, type ClientOptions } from "../client-options.ts";
import { withConnection } from "../connection.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { changesJson, changesTable, rulesTable } from "../path-changes.ts";
import { readRulesFile, ruleText } from "../rules-file.ts";
import { counted } from "../table.ts";

interface ListOptions extends ClientOptions {
  readonly json?: boolean;
}

interface SetOptions extends ListOptions {
  readonly dryRun?: boolean;
}

export function pathsCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("paths")
    .summary("count requests of some paths under another one, by rules")
    .description(
      "Shows or replaces the rules by which requests of some paths are counted under another one, of the past and of the " +
        "future. All servers of a database follow them. No count is changed by a rule: without it each path has its own again.",
    )
    .addHelpText("after", helpText(HELP));

  const list = command
    .command("list", { isDefault: true })
    .summary("show the rules in force")
    .description("Shows the rules in force, in their order: of several that match a path, the first one counts.")
    .option("--json", "a JSON object, which count paths set takes as a file");
  addClientOptions(list, 10, "the call").addHelpText("after", helpText(LIST_HELP));
  list.action(async (options: ListOptions) => {
    const { rules } = await interruptible((signal) =>
      withConnection(options, ({ call }) =>
        call(countService.listPathRules, create(ListPathRulesRequestSchema, {}), signal),
      ),
    );
    if (options.json === true) io.stdout.write(toJson({ rules: rules.map(ruleText) }));
    else io.stdout.write(rules.length === 0 ? "There are no rules.\n" : rulesTable(rules));
    done(EXIT.ok);
  });

  const set = command
    .command("set")
    .summary("replace all rules")
    .description(
      "Replaces all rules by those of a file, and says what that changes in what is counted already. An empty list removes " +
        "all. It may be repeated; when it is interrupted after it began, the servers finish it.",
    )
    .argument("<file>", "YAML or JSON")
    .option("--dry-run", "only say what would change")
    .option("--json", "a JSON object that says what changes");
  addClientOptions(set, 600, "the call").addHelpText("after", helpText(SET_HELP));
  set.action(async (file: string, options: SetOptions) => {
    const { dryRun = false, json } = options;
    const rules = await readRulesFile(file);
    const answer = await interruptible((signal) =>
      withConnection(options, ({ call }) =>
        call(countService.setPathRules, create(SetPathRulesRequestSchema, { rules, dryRun }), signal),
      ),
    );
    if (json === true) {
      io.stdout.write(toJson({ dry_run: dryRun, rules: rules.length, ...changesJson(answer) }));
    } else {
      const end = dryRun ? "Nothing was changed: this was a dry run." : `In force: ${counted(rules.length, "rule")}.`;
      io.stdout.write(`${changesTable(answer, dryRun)}${end}\n`);
    }
    done(EXIT.ok);
  });
}

const CODES = [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.refused, EXIT.interrupted];

const NOTES = [
  "rules:",
  "  - { exact: /v1/users, to: /users }",
  '  - { glob: "/v1/users/*", to: "/users/:id", service: shop, method: GET }',
  "  - { prefix: /old/, to: /old }",
  "",
  "A rule has one of exact, prefix and glob, and to. In a glob * stands for any text without a slash, ** for any text and ?",
  'for one character that is no slash. Without service or method it is for all; service: "" is for requests without one.',
  "Of several rules that match, the first one counts. A path that any rule leads to is never matched.",
];

const HELP = {
  examples: [
    ["count paths", "show the rules in force"],
    ["count paths set rules.yaml --dry-run", "what a file of rules would change"],
    ["count paths set rules.yaml", "put them in force, in the place of all others"],
  ],
  notes: ["A file of rules:", "", ...NOTES],
  exitCodes: CODES,
} as const;

const LIST_HELP = {
  examples: [
    ["count paths", "the rules in force"],
    ["count paths list --json > rules.json", "the same as a file for count paths set"],
  ],
  exitCodes: CODES,
} as const;

const SET_HELP = {
  examples: [
    ["count paths set rules.yaml --dry-run", "what would be read under another path, and how many requests that are"],
    ["count paths set rules.yaml", "put the rules in force"],
    ["count paths set rules.yaml --json", "for a program"],
  ],
  notes: [...NOTES, "", "Where the server asks for a token, it needs the scope admin."],
  exitCodes: CODES,
} as const;
