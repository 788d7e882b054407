import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { charts } from "./bundle/charts.ts";
import { bundleFiles, bundleManifests } from "./bundle/files.ts";
import { writeFiles } from "./bundle/write.ts";
import { manifestText } from "./bundle/yaml.ts";
import { ConfigError, readConfig } from "./config/read-config.ts";

/** As the exit codes of `count`. */
const EXIT = Object.freeze({ ok: 0, usage: 2, configuration: 78 });

/** Of the repository, seen from src and dist alike. */
const CHARTS = fileURLToPath(new URL("../../charts", import.meta.url));

const HELP = `Usage: count-synth --config FILE --out DIR

Makes the Kubernetes manifests of Count from a configuration in YAML or JSON.

  --config FILE   the configuration, - for standard input
  --out DIR       where the manifests go; the folder is made when missing. - writes all of them to standard output
  --charts DIR    instead of both: the bundles of this repository, with the schema of a configuration. Without any
                  argument it is the repository's own folder charts
  --help          this text

Examples:
  npm run synth -- --config count.yaml --out k8s     then: kubectl apply -k k8s
  npm run synth                                      the folder charts/ again
  docker run --rm --interactive --entrypoint count-synth IMAGE --config - --out - <count.yaml >count-manifests.yaml

Every field of a configuration, with its default and what follows from it, is in charts/config.schema.json.

Exit codes:
  0   done
  2   wrong usage: an argument, a file that is not there
  78  the configuration is wrong
`;

interface Io {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const OPTIONS = {
  config: { type: "string" },
  out: { type: "string" },
  charts: { type: "string" },
  help: { type: "boolean" },
} as const;

/** @returns the exit code */
export function runCli(args: string[], io: Io): number {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    if (values.help === true) {
      io.stdout.write(HELP);
      return EXIT.ok;
    }
    const { config, out, charts: folder } = values;
    if (config !== undefined && out !== undefined && folder === undefined) return synthesize(config, out, io);
    if (config === undefined && out === undefined) return writeCharts(folder ?? CHARTS, io);
    return told(io, "--config and --out belong together, and --charts stands alone; --help explains them", EXIT.usage);
  } catch (error) {
    if (error instanceof ConfigError) return told(io, error.message, EXIT.configuration);
    if (isExpected(error)) return told(io, error.message, EXIT.usage);
    throw error;
  }
}

function synthesize(source: string, out: string, io: Io): number {
  const isStdin = source === "-";
  const config = readConfig(readFileSync(isStdin ? 0 : source, "utf8"), isStdin ? "standard input" : source);
  if (out === "-") {
    io.stdout.write(manifestText([...bundleManifests(config).values()].flat()));
    return EXIT.ok;
  }
  const files = bundleFiles(config);
  const removed = writeFiles(out, files);
  for (const name of files.keys()) io.stdout.write(`${join(out, name)}\n`);
  for (const name of removed) io.stdout.write(`${join(out, name)} is no more\n`);
  io.stdout.write(`\nNext: ${join(out, "NEXT-STEPS.md")}\n`);
  return EXIT.ok;
}

function writeCharts(folder: string, io: Io): number {
  for (const [name, files] of charts()) {
    const removed = writeFiles(join(folder, name), files);
    io.stdout.write(`${join(folder, name)}: ${files.size} files\n`);
    for (const file of removed) io.stdout.write(`${join(folder, name, file)} is no more\n`);
  }
  return EXIT.ok;
}

function told({ stderr }: Io, message: string, code: number): number {
  stderr.write(`count-synth: ${message}\n`);
  return code;
}

/** A file that cannot be read or written, or an argument that is none of ours. */
function isExpected(error: unknown): error is { readonly code: string; readonly message: string } {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && /^(?:E[A-Z]+|ERR_PARSE_ARGS_\w+)$/.test(code);
}
