import { type Command, Option } from "commander";
import { TOTALS_PARAMETERS } from "../../api/totals-parameters.ts";
import { toCsv } from "../../domain/csv.ts";
import { dayOfMs } from "../../domain/day.ts";
import { addClientOptions, type ClientOptions } from "../client-options.ts";
import { withConnection } from "../connection.ts";
import { escapeControls } from "../escape-controls.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { parseDay, parsePeriod } from "../period.ts";
import { collect } from "../query/parameter-option.ts";
import { addQueryOptions, askedByFlags, type QueryOptions } from "../query/query-options.ts";
import { runQuery } from "../query/run-query.ts";
import { type AskedDays, askTotals, DEFAULT_DAYS, type TotalsQuery, totalsQuery } from "../totals-query.ts";
import { type Selection, select, type TotalsRow } from "../totals-rows.ts";
import { totalsTable } from "../totals-table.ts";
import { wholeNumber } from "../whole-number.ts";

interface TotalsOptions extends ClientOptions, AskedDays, Selection, QueryOptions {
  readonly pending?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function totalsCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("totals")
    .summary("show how often each method and path was requested")
    .description(
      "Shows how often each method and path was requested: per day, or summed over a period. Days are UTC's, unless --time-zone says\n" +
        "otherwise. " +
        `Without a day or period: the sums of the last ${DEFAULT_DAYS} days.`,
    )
    .optionsGroup("Which days:")
    .addOption(new Option("--day <day>", "one day").argParser(parseDay).conflicts(["from", "to", "period"]))
    .addOption(
      new Option("--from <date>", "every day from this one on; a month or year means its first day").argParser(
        parsePeriod,
      ),
    )
    .addOption(
      new Option(
        "--to <date>",
        "up to this day, included; a month or year means its last day (default: today)",
      ).argParser(parsePeriod),
    )
    .addOption(
      new Option("--period <date>", "the sums of a day, month or year")
        .argParser(parsePeriod)
        .conflicts(["from", "to"]),
    )
    .option("--sum", "sum the days of --from and --to")
    .option("--pending", "also count what no roll-up has added to the totals yet, such as today's requests")
    .optionsGroup("Which rows:")
    .addOption(
      new Option("--service <name>", 'only this service ("" for requests without one); may be repeated').argParser(
        collect(TOTALS_PARAMETERS.service),
      ),
    )
    .addOption(
      new Option("--sort <order>", "count: most requested first; path: by path (default: by day and path)").choices([
        "count",
        "path",
      ]),
    )
    .addOption(
      new Option("--top <n>", "only the first rows; by count, unless --sort says otherwise").argParser(
        wholeNumber(1, 999_999_999),
      ),
    )
    .optionsGroup("Output:")
    .addOption(new Option("--json", "a JSON array of objects").conflicts("csv"))
    .addOption(new Option("--csv", "CSV by RFC 4180, with a header"));
  addQueryOptions(command);
  addClientOptions(command, 30, "the answer").addHelpText("after", helpText(HELP));
  command.action(async (options: TotalsOptions) => {
    const flags = askedByFlags(options);
    if (flags.length > 0) {
      done(await runQuery(io, options, flags));
      return;
    }
    const query = totalsQuery(options, dayOfMs(io.now()));
    const totals = await interruptible((signal) =>
      withConnection(options, (connection) => askTotals(connection, query, options.pending === true, signal)),
    );
    done(show(io, query, totals, options));
  });
}

function show(io: Io, query: TotalsQuery, totals: readonly TotalsRow[], options: TotalsOptions): number {
  const { rows, of, total } = select(totals, options);
  if (options.json === true) io.stdout.write(toJson(rows));
  else if (options.csv === true) io.stdout.write(csvOf(rows, query.kind === "days" && !query.sum));
  else if (of > 0) io.stdout.write(totalsTable(rows, of, total));

  if (of === 0) {
    const names = options.service?.map((name) => `"${escapeControls(name)}"`) ?? [];
    const service = names.length === 0 ? "" : ` of service ${names.join(" or ")}`;
    const next =
      options.pending === true
        ? "Nothing is pending there either. `count import FILE` or a client's requests bring some."
        : "What is pending is not shown: add --pending, or roll it up with `count rollup`.";
    io.stderr.write(`count totals: there are no totals${service} ${query.words}\n${next}\n`);
    return EXIT.notFound;
  }
  if (options.json !== true && options.csv !== true && query.kind === "days" && query.sum) {
    const what = options.pending === true ? "pending requests included" : "without what is still pending (--pending)";
    io.stderr.write(`Sums ${query.words}, ${what}.\n`);
  }
  return EXIT.ok;
}

function csvOf(rows: readonly TotalsRow[], dates: boolean): string {
  const header = ["service", "method", "path", "count"];
  return toCsv(
    dates ? ["date", ...header] : header,
    rows.map(({ date, service, method, path, count }) => [
      ...(dates ? [date ?? ""] : []),
      service,
      method,
      path,
      String(count),
    ]),
  );
}

const HELP = {
  examples: [
    ["count totals --day yesterday --top 10", "yesterday's ten most requested"],
    ["count totals --period 2026-11 --sort count", "a month, most requested first"],
    ["count totals --from 2026-11-01 --to 2026-11-22 --csv", "for a spreadsheet"],
    ["count totals --day today --pending --json", "today so far, for a program"],
    [
      "count totals --period 2026-11 --by path --top 20 --compare",
      "the largest paths, what the others have, and the month before",
    ],
    ["count totals --from 2026 --by time,service --granularity month", "services by months"],
    [
      "count totals --day today --by time --granularity 15m --time-zone Europe/Berlin",
      "today, as the clock has it there",
    ],
    ["count totals --path-glob '/users/**' --method POST --csv", "some paths, for a spreadsheet"],
  ],
  notes: [
    "JSON: objects with date (only per day), service, method, path and count. A count is a number up to",
    "9007199254740991, and a string beyond. Without totals the array is empty and the exit code 3.",
    "Questions have other JSON and CSV, those of GET /api/v1/totals: JSON says complete_through, pending, known_lost.",
    "Shorter periods than days, and days of other zones than UTC, are known for 35 days. A server before QueryTotals",
    "answers no questions.",
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.notFound, EXIT.unavailable, EXIT.refused, EXIT.interrupted],
} as const;
