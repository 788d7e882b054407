import { type Command, InvalidArgumentError, Option } from "commander";
import { DIMENSIONS, TOTALS_PARAMETERS } from "../../api/totals-parameters.ts";
import { collect, parserOf } from "./parameter-option.ts";

/** What rows are told apart by; `time` are the periods. */
const BY = [...DIMENSIONS, "time"] as const;
export type By = (typeof BY)[number];

/** As a user writes them. */
export const GRANULARITY_WORDS = ["15m", "hour", "day", "week", "month", "all"] as const;

/** The options of `count totals` that are answered by QueryTotals, which servers before it do not know. */
export interface QueryOptions {
  readonly by?: readonly By[];
  readonly granularity?: (typeof GRANULARITY_WORDS)[number];
  /** A name of the IANA database. */
  readonly timeZone?: string;
  readonly method?: readonly string[];
  readonly path?: readonly string[];
  readonly pathPrefix?: readonly string[];
  readonly pathGlob?: readonly string[];
  readonly compare?: boolean;
  readonly rolledUpOnly?: boolean;
}

/** The flag of each. */
const FLAGS: { readonly [Key in keyof Required<QueryOptions>]: string } = {
  by: "--by",
  granularity: "--granularity",
  timeZone: "--time-zone",
  method: "--method",
  path: "--path",
  pathPrefix: "--path-prefix",
  pathGlob: "--path-glob",
  compare: "--compare",
  rolledUpOnly: "--rolled-up-only",
};

/** Those of the options that were given; none: QueryTotals is not needed. */
export function askedByFlags(options: QueryOptions): string[] {
  return Object.entries(FLAGS)
    .filter(([key]) => options[key as keyof QueryOptions] !== undefined)
    .map(([, flag]) => flag);
}

export function addQueryOptions(command: Command): void {
  const repeated = "; may be repeated";
  command
    .optionsGroup("Questions (with any of these, what is pending counts, and --top adds a row for all others):")
    .addOption(
      new Option(
        "--by <list>",
        "what has a row of its own: any of service, method, path and time (default: service,method,path, and time for --day and --from)",
      ).argParser(parseBy),
    )
    .addOption(
      new Option(
        "--granularity <word>",
        "the periods of time: weeks begin on Monday; implies --by time (default: day)",
      ).choices(GRANULARITY_WORDS),
    )
    .addOption(
      new Option("--time-zone <name>", "whose days are meant, such as Europe/Berlin (default: UTC)").argParser(
        parserOf(TOTALS_PARAMETERS.time_zone),
      ),
    )
    .addOption(
      new Option("--method <name>", `only this method, such as GET${repeated}`).argParser(
        collect(TOTALS_PARAMETERS.method),
      ),
    )
    .addOption(new Option("--path <path>", `only this path${repeated}`).argParser(collect(TOTALS_PARAMETERS.path)))
    .addOption(
      new Option("--path-prefix <text>", `only paths that start so${repeated}`).argParser(
        collect(TOTALS_PARAMETERS.path_prefix),
      ),
    )
    .addOption(
      new Option(
        "--path-glob <glob>",
        `only paths that fit as a whole: * is any text without a slash, ** any text, ? one character${repeated}`,
      ).argParser(collect(TOTALS_PARAMETERS.path_glob)),
    )
    .option("--compare", "beside each count the one of as many periods before")
    .addOption(
      new Option("--rolled-up-only", "leave out what no roll-up has added to the totals yet").conflicts("pending"),
    );
}

function parseBy(text: string): readonly By[] {
  const words = text.split(",");
  const known = words.map((word) => BY.find((one) => one === word));
  if (known.includes(undefined) || new Set(words).size < words.length) {
    throw new InvalidArgumentError(`It must be some of ${BY.join(", ")}, each once, with commas between.`);
  }
  return known as By[];
}
