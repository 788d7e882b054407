import { parseArgs } from "node:util";

/** The measures of each group, in the order in which they run. `--only` chooses groups, or single measures. */
export const GROUPS = {
  record: ["record-few", "record-small"],
  add: ["add-streams", "add-flood"],
  host: ["host-cost", "http-latency"],
  agent: ["agent"],
  memory: ["client-cut-off", "server-overload"],
  rollup: ["roll-up"],
  list: ["list-year"],
  query: ["query-year"],
} as const;
export type MeasureName = (typeof GROUPS)[keyof typeof GROUPS][number];

const ALL: readonly MeasureName[] = Object.values(GROUPS).flat();
const ACCEPTED = Object.entries(GROUPS)
  .map(([group, names]) => (names.length === 1 ? names[0] : `${group} (${names.join(", ")})`))
  .join(", ");

export interface Options {
  /** Measured rounds of each measure: 1 or more. Default 5. A round runs every candidate once. */
  readonly runs: number;
  /** Default: all. */
  readonly only: readonly MeasureName[];
  /** How long a closed loop runs, in seconds. Default 3. */
  readonly seconds: number;
  /** Messages of the flood. Default 300,000. */
  readonly flood: number;
  /** Small clients of `record-small`. Default 1,000. */
  readonly clients: number;
  /** Pending requests of the roll-up, a multiple of 1,000. Default 1,000,000. */
  readonly rollup: number;
  /** Daily totals that are stored, of a year: one measure of the queries for each. Default 100,000, 1,000,000 and 10,000,000. */
  readonly rows: readonly number[];
  /** Print JSON instead of tables. */
  readonly json: boolean;
  /** Folder for CPU profiles (`.cpuprofile`) of Count's server and clients; they are written at the end. Default: none. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [options]

Measures Count beside a baseline and beside the physical limit, in one run, in turn.

  --runs N       measured rounds (default 5)
  --only LIST    groups, or single measures of them (default: all):
${Object.entries(GROUPS)
  .map(([group, names]) => `                   ${group.padEnd(8)}${names.join(", ")}\n`)
  .join("")}  --seconds N    length of the closed loops of Record and Add (default 3)
  --clients N    small clients of record-small, each with its connection (default 1000)
  --flood N      messages of the flood (default 300000)
  --rollup N     pending requests of the roll-up (default 1000000)
  --rows LIST    stored rows of the queries, each measured by itself (default 100000,1000000,10000000)
  --json         figures for programs on standard output
  --profile DIR  CPU profiles of Count's server and clients go there

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
      clients: { type: "string" },
      flood: { type: "string" },
      rollup: { type: "string" },
      rows: { type: "string" },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const options: Options = Object.freeze({
    runs: wholeNumber("runs", values.runs, 5),
    only: measures(values.only),
    seconds: wholeNumber("seconds", values.seconds, 3),
    clients: wholeNumber("clients", values.clients, 1_000),
    flood: wholeNumber("flood", values.flood, 300_000),
    rollup: wholeNumber("rollup", values.rollup, 1_000_000),
    rows: rowsOf(values.rows),
    json: values.json,
    profile: values.profile,
  });
  if (options.rollup % 25_000 !== 0)
    throw new RangeError(`--rollup is ${options.rollup}; accepted are multiples of 25000`);
  return options;
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9][0-9]{0,9}$/.test(text))
    throw new RangeError(`--${name} is "${text}"; accepted are whole numbers from 1`);
  return Number(text);
}

/** Enough for the top 20 of a year, with a remainder. */
const MIN_ROWS = 10_000;
const DEFAULT_ROWS = [100_000, 1_000_000, 10_000_000];

function rowsOf(text: string | undefined): readonly number[] {
  const all = text?.split(",").map((word) => wholeNumber("rows", word, 0)) ?? DEFAULT_ROWS;
  const few = all.find((rows) => rows < MIN_ROWS);
  if (few !== undefined) throw new RangeError(`--rows has ${few}; accepted are whole numbers from ${MIN_ROWS}`);
  return all;
}

function measures(text: string | undefined): readonly MeasureName[] {
  if (text === undefined) return ALL;
  const chosen = new Set(text.split(",").flatMap(namesOf));
  return ALL.filter((name) => chosen.has(name));
}

function namesOf(word: string): readonly MeasureName[] {
  const names = Object.entries(GROUPS).find(([group]) => group === word)?.[1] ?? ALL.filter((name) => name === word);
  if (names.length === 0) throw new RangeError(`--only has "${word}"; accepted are ${ACCEPTED}`);
  return names;
}
