import { create } from "@bufbuild/protobuf";
import {
  CountDailyTotalsRequestSchema,
  type CountDailyTotalsResponse,
  countService,
  DateSchema,
  type PartialDate,
} from "@count/proto";
import { type Command, Option } from "commander";
import { dayOfMs } from "../../domain/day.ts";
import { closedPeriods } from "../../rollup/closed-periods.ts";
import { addClientOptions, type ClientOptions } from "../client-options.ts";
import { type Connection, withConnection } from "../connection.ts";
import { EXIT } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { formatPeriod, periodParser } from "../period.ts";
import { formatRemoved, type Removed, removeExpired } from "../remove-expired.ts";
import { type RetriedOptions, retried } from "../retried.ts";
import { counted } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface RollupOptions extends ClientOptions {
  readonly date?: PartialDate;
  readonly sinceYear: number;
  readonly attempts: number;
  readonly json?: boolean;
}

/** How many totals of each day are new or greater, by `2026-11-22`. */
type Days = Map<string, number>;

export function rollupCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("rollup")
    .summary("add pending requests to the daily totals, and remove what is older than it is kept")
    .description(
      "Adds the pending requests of every closed UTC day to the daily totals, by CountDailyTotals of a running server. " +
        "Repeating it is harmless: what was added is pending no more, and requests that arrive late are added next time. " +
        "Then removes what is older than the server keeps, by RemoveExpired.",
    )
    .optionsGroup("Which days:")
    .addOption(
      new Option(
        "--date <date>",
        "only this day, month or year, closed or not; removes nothing (default: every day before today)",
      ).argParser(periodParser(io.now)),
    )
    .addOption(
      new Option("--since-year <year>", "without --date: leave out what is pending before 1 January of this year")
        .argParser(wholeNumber(1, 9999))
        .default(2000),
    )
    .optionsGroup("Output:")
    .option("--json", "a JSON object that says what was added and removed");
  addClientOptions(command, 600, "each of the calls")
    .addOption(
      new Option("--attempts <n>", "how often a call is tried while the server is away, pausing 1, 2, 4 … seconds")
        .argParser(wholeNumber(1, 10))
        .default(5),
    )
    .addHelpText("after", helpText(HELP));
  command.action(async (options: RollupOptions) => {
    const periods = options.date === undefined ? closedPeriods(dayOfMs(io.now()), options.sinceYear) : [options.date];
    await interruptible((signal) =>
      withConnection(options, async (connection) => {
        const tries = { command: "count rollup", attempts: options.attempts, io, signal };
        const days = await rollUp(connection, io, periods, options, tries);
        if (options.json !== true) io.stdout.write(`${rolledUp(days, options)}\n`);
        const removed = options.date === undefined ? await expire(connection, io, options, tries) : undefined;
        if (options.json === true) io.stdout.write(toJson(result(periods, days, removed, options)));
      }),
    );
    done(EXIT.ok);
  });
}

async function rollUp(
  connection: Connection,
  io: Io,
  periods: readonly PartialDate[],
  { json }: RollupOptions,
  tries: RetriedOptions,
): Promise<Days> {
  const days: Days = new Map();
  for (const period of periods) {
    const request = create(CountDailyTotalsRequestSchema, { date: create(DateSchema, period) });
    const call = () => connection.call(countService.countDailyTotals, request, tries.signal);
    const { methodCounts }: CountDailyTotalsResponse = await retried(call, tries);
    const added: Days = new Map();
    for (const { date } of methodCounts) {
      const day = formatPeriod(date ?? period);
      added.set(day, (added.get(day) ?? 0) + 1);
    }
    for (const [day, totals] of added) {
      if (json !== true) io.stdout.write(`${day}  ${counted(totals, "total")} new or greater\n`);
      days.set(day, (days.get(day) ?? 0) + totals);
    }
  }
  return days;
}

async function expire(
  connection: Connection,
  io: Io,
  { json }: RollupOptions,
  tries: RetriedOptions,
): Promise<Removed | undefined> {
  const removed = await removeExpired(connection, tries, (soFar) => {
    if (json !== true) io.stdout.write(`removed so far: ${formatRemoved(soFar)}\n`);
  });
  const what = removed && formatRemoved(removed);
  if (json !== true && what !== undefined) io.stdout.write(`Removed what is older than it is kept: ${what}.\n`);
  return removed;
}

function rolledUp(days: Days, { date }: RollupOptions): string {
  if (days.size > 0) return `Rolled up ${counted(days.size, "day")}: ${counted(sum(days), "total")} new or greater.`;
  const where =
    date === undefined
      ? "on closed days. Today is open until 00:00 UTC; --date today adds it already"
      : `in ${formatPeriod(date)}`;
  return `Nothing pending ${where}.`;
}

/** What --json prints. `removed` is null where the server is one that keeps everything, and not there with --date. */
function result(
  periods: readonly PartialDate[],
  days: Days,
  removed: Removed | undefined,
  { date }: RollupOptions,
): object {
  return {
    periods: periods.map(formatPeriod),
    days: [...days].map(([day, totals]) => ({ day, totals })),
    totals: sum(days),
    ...(date === undefined && { removed: removed ?? null }),
  };
}

function sum(days: Days): number {
  return [...days.values()].reduce((total, count) => total + count, 0);
}

const HELP = {
  examples: [
    ["count rollup", "close every day up to yesterday and remove what is too old, as a nightly job does"],
    ["count rollup --date yesterday", "only that day"],
    ["count rollup --date 2026-11", "a month, the days that are still open included"],
    ["count rollup --json", "for a program: periods, for each day how many totals changed, and what was removed"],
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.refused, EXIT.interrupted],
} as const;
