import { ProblemError } from "../../api/problem.ts";
import { type TotalsQuery, totalsQuery as totalsQueryOf } from "../../api/totals-request.ts";
import { formatPeriod, fullDate } from "../period.ts";
import type { TotalsQuery as Days } from "../totals-query.ts";
import { usageError } from "../usage-error.ts";
import type { By, QueryOptions } from "./query-options.ts";

export interface AskedRows extends QueryOptions {
  readonly service?: readonly string[];
  readonly sort?: "count" | "path";
  readonly top?: number;
  readonly sum?: boolean;
}

/**
 * The query of a user's options, as the HTTP API would have it from the same parameters.
 *
 * @param nowMs milliseconds since 1970-01-01T00:00:00Z
 * @throws CommanderError that names the flag, its value and what is accepted
 */
export function readQuery(options: AskedRows, days: Days, nowMs: number): TotalsQuery {
  if (options.sort === "path" && options.top !== undefined) {
    throw usageError(
      `--sort path and --top ${options.top} are given together; here the top are those with the most requests, so accepted is one of the two`,
    );
  }
  const search = new URLSearchParams();
  const add = (name: string, values: readonly (string | number)[] = []) => {
    for (const value of values) search.append(name, String(value));
  };
  const [from, to] = days.kind === "period" ? [days.period, days.period] : [fullDate(days.first), fullDate(days.last)];
  add("from", [formatPeriod(from)]);
  add("to", [formatPeriod(to)]);
  if (options.timeZone !== undefined) add("time_zone", [options.timeZone]);
  const granularity = granularityOf(options, days);
  add("granularity", [granularity === "15m" ? "quarter_hour" : granularity]);
  add("by", dimensionsOf(options));
  add("service", options.service);
  add("method", options.method);
  add("path", options.path);
  add("path_prefix", options.pathPrefix);
  add("path_glob", options.pathGlob);
  if (options.top !== undefined) add("top", [options.top]);
  if (options.compare === true) add("compare", ["previous"]);
  if (options.rolledUpOnly === true) add("rolled_up_only", ["true"]);
  try {
    return totalsQueryOf(search, nowMs);
  } catch (error) {
    throw error instanceof ProblemError ? usageError(inFlags(error)) : error;
  }
}

function dimensionsOf({ by }: QueryOptions): readonly Exclude<By, "time">[] {
  return (by ?? (["service", "method", "path"] as const)).filter((one) => one !== "time");
}

/** The periods: those that are asked for; else days where `time` is asked for, or where days were named as ever. */
function granularityOf({ by, granularity, sum }: AskedRows, days: Days): NonNullable<QueryOptions["granularity"]> {
  const byTime = by?.includes("time") === true;
  if (granularity === "all" && byTime) {
    throw usageError("--by time and --granularity all are given together; accepted is one of the two");
  }
  if (sum === true && (byTime || (granularity ?? "all") !== "all")) {
    const asked = byTime ? "--by time" : `--granularity ${granularity}`;
    throw usageError(`--sum and ${asked} are given together; accepted is one of the two`);
  }
  if (granularity !== undefined) return granularity;
  if (byTime) return "day";
  return by === undefined && days.kind === "days" && !days.sum ? "day" : "all";
}

/** What the HTTP API says of a parameter, said of its flag. */
function inFlags({ problem }: ProblemError): string {
  return (problem.errors ?? [])
    .map(({ parameter, value, accepts }) => {
      const flag = parameter === "" ? "" : `--${parameter.replaceAll("_", "-")} `;
      return `${flag}${value}: it must be ${accepts}`;
    })
    .join("; ");
}
