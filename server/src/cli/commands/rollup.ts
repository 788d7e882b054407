import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import {
  CountDailyTotalsRequestSchema,
  type CountDailyTotalsResponse,
  countService,
  DateSchema,
  type PartialDate,
} from "@count/proto";
import { type Command, Option } from "commander";
import { CountError } from "../../domain/count-error.ts";
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
import { counted } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

const FIRST_PAUSE_MS = 1_000;

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
    .summary("add pending requests to the daily totals")
    .description(
      "Adds the pending requests of every closed UTC day to the daily totals, by CountDailyTotals of a running server. " +
        "Repeating it is harmless: what was added is pending no more, and requests that arrive late are added next time.",
    )
    .optionsGroup("Which days:")
    .addOption(
      new Option("--date <date>", "this day, month or year, closed or not (default: every day before today)").argParser(
        periodParser(io.now),
      ),
    )
    .addOption(
      new Option("--since-year <year>", "without --date: leave out what is pending before 1 January of this year")
        .argParser(wholeNumber(1, 9999))
        .default(2000),
    )
    .optionsGroup("Output:")
    .option("--json", "a JSON object that says what was added");
  addClientOptions(command, 600, "each of the calls")
    .addOption(
      new Option("--attempts <n>", "how often a call is tried while the server is away, pausing 1, 2, 4 … seconds")
        .argParser(wholeNumber(1, 10))
        .default(5),
    )
    .addHelpText("after", helpText(HELP));
  command.action(async (options: RollupOptions) => {
    const periods = options.date === undefined ? closedPeriods(dayOfMs(io.now()), options.sinceYear) : [options.date];
    const days = await interruptible((signal) =>
      withConnection(options, (connection) => rollUp(connection, io, periods, options, signal)),
    );
    report(io, periods, days, options);
    done(EXIT.ok);
  });
}

async function rollUp(
  connection: Connection,
  io: Io,
  periods: readonly PartialDate[],
  { attempts, json }: RollupOptions,
  signal: AbortSignal,
): Promise<Days> {
  const days: Days = new Map();
  for (const period of periods) {
    const request = create(CountDailyTotalsRequestSchema, { date: create(DateSchema, period) });
    const call = () => connection.call(countService.countDailyTotals, request, signal);
    const { methodCounts }: CountDailyTotalsResponse = await retried(call, attempts, io, signal);
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

/** Calls again while the server is away; this call may be repeated even when its answer was lost. */
async function retried<Result>(
  call: () => Promise<Result>,
  attempts: number,
  io: Io,
  signal: AbortSignal,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { code, message } = CountError.from(error);
      if ((code !== "unavailable" && code !== "timeout") || attempt === attempts) throw error;
      const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      const reason = message.split("\n", 1).join("");
      io.stderr.write(`count rollup: ${reason}; trying again in ${pauseMs / 1_000} s (${attempt} of ${attempts})\n`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

function report(io: Io, periods: readonly PartialDate[], days: Days, { json, date }: RollupOptions): void {
  const totals = [...days.values()].reduce((sum, count) => sum + count, 0);
  if (json === true) {
    const list = [...days].map(([day, count]) => ({ day, totals: count }));
    io.stdout.write(toJson({ periods: periods.map(formatPeriod), days: list, totals }));
  } else if (days.size > 0) {
    io.stdout.write(`Rolled up ${counted(days.size, "day")}: ${counted(totals, "total")} new or greater.\n`);
  } else {
    const where =
      date === undefined
        ? "on closed days. Today is open until 00:00 UTC; --date today adds it already"
        : `in ${formatPeriod(date)}`;
    io.stdout.write(`Nothing pending ${where}.\n`);
  }
}

const HELP = {
  examples: [
    ["count rollup", "close every day up to yesterday, as a nightly job does"],
    ["count rollup --date yesterday", "only that day"],
    ["count rollup --date 2026-11", "a month, the days that are still open included"],
    ["count rollup --json", "for a program: periods, and for each day how many totals changed"],
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.refused, EXIT.interrupted],
} as const;
