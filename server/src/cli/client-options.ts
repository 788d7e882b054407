import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_SERVER, parseServerAddress } from "./server-address.ts";

/** How a command reaches its server. */
export interface ClientOptions {
  /** A gRPC target. */
  readonly server: string;
  readonly tls?: boolean;
  /** PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** A file with a token. */
  readonly tokenFile?: string;
  /** Seconds. */
  readonly timeout: number;
}

/**
 * Gives a command the options of {@link ClientOptions}. `timeoutSeconds` is its default, `each` says what it is a limit of.
 * With `optional` the server has no default, and may be left out.
 */
export function addClientOptions(
  command: Command,
  timeoutSeconds: number,
  each: string,
  { optional = false }: { readonly optional?: boolean } = {},
): Command {
  const file = (flags: string, description: string) => new Option(flags, description);
  const server = new Option("--server <address>", "host:port, dns:///host:port or unix:/path of the server")
    .env("COUNT_SERVER")
    .argParser(parseServerAddress);
  return command
    .optionsGroup("Server:")
    .addOption(optional ? server : server.default(DEFAULT_SERVER))
    .option("--tls", "use TLS, trusting the authorities that Node.js trusts")
    .addOption(file("--ca <file>", "use TLS, trusting the authorities in this PEM file instead").implies({ tls: true }))
    .addOption(file("--cert <file>", "PEM certificate to show to the server; needs --key").implies({ tls: true }))
    .addOption(file("--key <file>", "PEM private key of that certificate; needs --cert").implies({ tls: true }))
    .addOption(
      file("--token-file <file>", "file with the token to show, where the server asks for one").env("COUNT_TOKEN_FILE"),
    )
    .addOption(
      new Option("--timeout <seconds>", `how long ${each} may take, in seconds`)
        .argParser(parseSeconds)
        .default(timeoutSeconds),
    );
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > 86_400)
    throw new InvalidArgumentError("It must be a number of seconds above 0, up to 86400.");
  return seconds;
}
