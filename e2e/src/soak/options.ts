import { parseArgs } from "node:util";
import { SCENARIOS } from "./scenarios/scenarios.ts";

export interface Options {
  /** Rounds begin until so much time is over. Default 30. Undefined: each scenario once. */
  readonly minutes: number | undefined;
  /** Of the first round; each round adds one. Default: any. */
  readonly seed: number;
  /** Names of scenarios. Default: all. */
  readonly only: readonly string[];
  /** How long things are broken in a round, in seconds. Default: 5 to 20, chosen for each round. */
  readonly seconds: number | undefined;
  /** Clients of the scenario `crowd`. Default 10,000. */
  readonly crowd: number;
  /** Tell everything that was done in a round, and not only of one that failed. */
  readonly verbose: boolean;
  /** Print JSON instead of a table. */
  readonly json: boolean;
}

const NAMES = SCENARIOS.map(({ name }) => name);

export const USAGE = `npm run soak -- [options]

Breaks Count in turn in every way that it promises to survive, under load, and adds up what is left, exactly.

  --minutes N    begin rounds for so long (default 30)
  --once         each scenario once instead
  --seed N       of the first round; each further round adds one (default: any)
  --only LIST    of ${NAMES.join(",")} (default: all)
  --seconds N    how long things are broken in a round (default: 5 to 20)
  --crowd N      clients of the scenario crowd (default 10000)
  --verbose      tell everything that is done in a round
  --json         the tally for programs on standard output

Ends with 1 when anything does not add up, and prints the seed of that round: --once --seed N --only NAME asks for it again.
TEST_DATABASE_URL=postgres://… names a database server to use; without it a PostgreSQL of its own is started.
`;

/**
 * @returns undefined: help was asked for
 * @throws TypeError or RangeError that names the option, its value and what is accepted
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      once: { type: "boolean", default: false },
      seed: { type: "string" },
      only: { type: "string" },
      seconds: { type: "string" },
      crowd: { type: "string" },
      verbose: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  if (values.once && values.minutes !== undefined) throw new RangeError("--once and --minutes exclude each other");
  return Object.freeze({
    minutes: values.once ? undefined : (wholeNumber("minutes", values.minutes) ?? 30),
    seed: wholeNumber("seed", values.seed) ?? Math.floor(Math.random() * 1_000_000_000),
    only: names(values.only),
    seconds: wholeNumber("seconds", values.seconds),
    crowd: wholeNumber("crowd", values.crowd) ?? 10_000,
    verbose: values.verbose,
    json: values.json,
  });
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new RangeError(`--${name} is "${text}"; accepted are 1 to 999999999`);
  return Number(text);
}

function names(text: string | undefined): readonly string[] {
  if (text === undefined) return NAMES;
  const asked = text.split(",");
  const unknown = asked.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only has "${unknown}"; accepted are ${NAMES.join(", ")}`);
  return NAMES.filter((name) => asked.includes(name));
}
