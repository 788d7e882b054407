import { parseArgs } from "node:util";
import { SCENARIOS } from "./scenarios/scenarios.ts";

export interface Options {
  /** Names of scenarios. Default: all. */
  readonly only: readonly string[];
  /** Leave the cluster, and the namespaces of scenarios that failed. */
  readonly keep: boolean;
  /** Use the cluster of an earlier run. */
  readonly reuse: boolean;
  /** How many scenarios are played at once, each in namespaces of its own. Default 2. */
  readonly atOnce: number;
  /** Print JSON when it is over. */
  readonly json: boolean;
}

const NAMES = SCENARIOS.map(({ name }) => name);

const AT_ONCE = 2;
const MOST_AT_ONCE = 8;

export const USAGE = `npm run e2e -- [options]

Proves on a kind cluster that the bundle installs, counts exactly, and survives what clusters do to it.

  --only LIST   scenarios, separated by commas (default: all)
  --keep        leave the cluster, and the namespaces of scenarios that failed
  --reuse       use the cluster that an earlier run with --keep has left
  --at-once N   scenarios that are played at once, 1 to ${MOST_AT_ONCE} (default: ${AT_ONCE})
  --json        the results for programs on standard output
  --help        this text

KIND_NODE_IMAGE names another node image, COCKROACH_IMAGE an image of CockroachDB that the node can pull or has.
What tells why a scenario failed is kept in e2e/artefacts. Needed are docker, kind, kubectl and openssl.

Scenarios:
${SCENARIOS.map(({ name, title }) => `  ${name.padEnd(22)} ${title}\n`).join("")}
Exit codes: 0 all is well, 1 a scenario failed, 2 wrong usage or a command is missing, 130 interrupted
`;

/**
 * @returns undefined: help was asked for
 * @throws TypeError or RangeError that names the option, its value and what is accepted
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      keep: { type: "boolean", default: false },
      reuse: { type: "boolean", default: false },
      "at-once": { type: "string", default: String(AT_ONCE) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const { keep, reuse, json } = values;
  return Object.freeze({ only: names(values.only), keep, reuse, atOnce: atOnce(values["at-once"]), json });
}

function atOnce(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_AT_ONCE) return count;
  throw new RangeError(`--at-once is "${text}"; accepted are whole numbers from 1 to ${MOST_AT_ONCE}`);
}

function names(text: string | undefined): readonly string[] {
  if (text === undefined) return NAMES;
  const asked = text.split(",");
  const unknown = asked.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only has "${unknown}"; accepted are ${NAMES.join(", ")}`);
  return NAMES.filter((name) => asked.includes(name));
}
