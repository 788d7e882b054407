import { type Command, Option } from "commander";
import { SCOPES, type Scope } from "../../auth/scope.ts";
import { digestOf, makeToken } from "../../auth/token.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { usageError } from "../usage-error.ts";

interface TokenOptions {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly service?: readonly string[];
  readonly hash?: boolean;
  readonly json?: boolean;
}

/** What is shorter can be guessed from its hash. */
const MIN_TOKEN_CHARS = 20;

export function tokenCommand(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command("token")
    .summary("make a token, and its entry in the file of a server's --auth-file")
    .description(
      "Makes a random token, and prints it, once, with the entry that makes a server know it. The entry has the token's " +
        "hash only; nobody can make the token of it.",
    )
    .requiredOption("--name <name>", "whose it is: up to 64 letters, digits and . _ - @ / :")
    .addOption(
      new Option("--scope <scope...>", "what it may do: any of record, read, rollup; or admin, which is all")
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option("--service <service...>", "only for these services (default: for all)")
    .option("--hash", "take a token that exists from standard input, and print its entry only")
    .option("--json", "a JSON object: token, and entry")
    .addHelpText("after", helpText(HELP))
    .action(async (options: TokenOptions) => {
      const { name, scope: scopes, service: services } = options;
      if (!/^[\w.@/:-]{1,64}$/.test(name)) {
        throw usageError(`--name ${JSON.stringify(name)} is not 1 to 64 letters, digits and . _ - @ / :`);
      }
      if (services !== undefined && scopes.includes("admin")) {
        throw usageError("--scope admin is for all services, and --service was given");
      }
      const token = options.hash === true ? await tokenOf(io) : makeToken();
      const entry = {
        name,
        sha256: digestOf(token).toString("hex"),
        scopes: [...new Set(scopes)],
        ...(services === undefined ? {} : { services: [...new Set(services)] }),
      };
      const shown = options.hash === true ? {} : { token };
      io.stdout.write(options.json === true ? toJson({ ...shown, entry }) : forPeople(shown.token, entry));
      done(EXIT.ok);
    });
}

async function tokenOf({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk as Buffer));
    bytes += (chunk as Buffer).length;
    if (bytes > 8_192) break;
  }
  const token = Buffer.concat(chunks).toString("utf8").trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(token) || token.length < MIN_TOKEN_CHARS) {
    throw usageError(
      `standard input holds no token: accepted are ${MIN_TOKEN_CHARS} to 4096 characters of printable ASCII without spaces`,
    );
  }
  return token;
}

/** An entry is JSON, which is YAML too, and fits on a line. */
function forPeople(token: string | undefined, entry: object): string {
  const line = `  - ${JSON.stringify(entry)}`;
  if (token === undefined) return `tokens:\n${line}\n`;
  return [
    "The token, shown only this once:",
    "",
    `  ${token}`,
    "",
    "Its entry in the file of --auth-file, under tokens:",
    "",
    "tokens:",
    line,
    "",
  ].join("\n");
}

const HELP = {
  examples: [
    ["count token --name shop --scope record --service shop", "for a service that is counted"],
    ["count token --name dashboard --scope read", "for whoever looks"],
    ["count token --name nightly --scope rollup", "for the job that closes days"],
    ["count token --name ops --scope admin --hash < token.txt", "the entry of a token that exists"],
  ],
  notes: [
    "A server reads its file again within seconds of a change. Several tokens may have one name: to rotate a token,",
    "add the new one, give it to its user, and remove the old one.",
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.interrupted],
} as const;
