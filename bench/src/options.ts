import { parseArgs } from "node:util";

/** The groups of measures that `--only` chooses from, in the order in which they run. */
export const GROUPS = ["add", "rollup", "list"] as const;
export type Group = (typeof GROUPS)[number];

export interface Options {
  /** Measured rounds of each measure: 1 or more. Default 5. A round runs every candidate once. */
  readonly runs: number;
  /** Default: all. */
  readonly only: readonly Group[];
  /** How long the closed loop of streams runs, in seconds. Default 3. */
  readonly seconds: number;
  /** Messages of the flood. Default 300,000. */
  readonly flood: number;
  /** Pending requests of the roll-up, a multiple of 1,000. Default 1,000,000. */
  readonly rollup: number;
  /** Print JSON instead of tables. */
  readonly json: boolean;
  /** Folder for CPU profiles (`.cpuprofile`) of the Count server; they are written when it stops. Default: none. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [options]

Measures Count beside a baseline and beside the physical limit, in one run, in turn.

  --runs N       measured rounds (default 5)
  --only LIST    of ${GROUPS.join(",")} (default: all)
  --seconds N    length of the closed loop of Add streams (default 3)
  --flood N      messages of the flood (default 300000)
  --rollup N     pending requests of the roll-up (default 1000000)
  --json         figures for programs on standard output
  --profile DIR  CPU profiles of the Count server go there

BENCH_PEER=/path/to/server also measures that count.v1 server: it is started with BENCH_PEER_ARGS (split at blanks), DB_URL
of an empty database and MIGRATION_DRIVER=pgx, and must listen on port 7777.
`;

/**
 * @returns undefined: help was asked for
 * @throws TypeError or RangeError that names the option, its value and what is accepted
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string" },
      only: { type: "string" },
      seconds: { type: "string" },
      flood: { type: "string" },
      rollup: { type: "string" },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const options: Options = Object.freeze({
    runs: wholeNumber("runs", values.runs, 5),
    only: groups(values.only),
    seconds: wholeNumber("seconds", values.seconds, 3),
    flood: wholeNumber("flood", values.flood, 300_000),
    rollup: wholeNumber("rollup", values.rollup, 1_000_000),
    json: values.json,
    profile: values.profile,
  });
  if (options.rollup % 1_000 !== 0)
    throw new RangeError(`--rollup is ${options.rollup}; accepted are multiples of 1000`);
  return options;
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9][0-9]{0,9}$/.test(text))
    throw new RangeError(`--${name} is "${text}"; accepted are whole numbers from 1`);
  return Number(text);
}

function groups(text: string | undefined): readonly Group[] {
  if (text === undefined) return GROUPS;
  const asked = text.split(",");
  const unknown = asked.find((name) => !GROUPS.some((group) => group === name));
  if (unknown !== undefined) throw new RangeError(`--only has "${unknown}"; accepted are ${GROUPS.join(", ")}`);
  return GROUPS.filter((group) => asked.includes(group));
}
