import pg from "pg";
import type { Database } from "../../src/db/database.ts";
import { valueParsers } from "../../src/db/value-parsers.ts";
import { dayOfMs, formatDay } from "../../src/domain/day.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { readDailyTotals, readPeriodTotals } from "../../src/totals/read-totals.ts";
import type { Period, TotalsById } from "../../src/totals/totals.ts";

/** What `zones-child.ts` is told. */
export interface ZonesChildOptions {
  readonly url: string;
  readonly sessionZone: string;
  readonly sessionDateStyle: string;
  readonly period: Period;
}

/** What it tells: minutes west of UTC, the session's settings, and each result as `2026-11-22 1=5`. */
export interface ZonesChildResult {
  readonly offset: number;
  readonly zone: string;
  readonly dateStyle: string;
  readonly rolledUp: readonly string[];
  readonly listed: readonly string[];
  readonly period: readonly string[];
}

function texts(totals: readonly TotalsById[]): string[] {
  return totals.map(
    ({ day, ids, counts }) =>
      `${day === undefined ? "" : formatDay(day)} ${ids.map((id, at) => `${id}=${counts[at]!}`).join(" ")}`,
  );
}

// A session as unhelpful as it can be: no connection that Count opens itself is like this.
const { url, sessionZone, sessionDateStyle, period } = JSON.parse(process.argv[2] ?? "") as ZonesChildOptions;
const client = new pg.Client({ connectionString: url, types: valueParsers });
await client.connect();
await client.query(`set timezone = '${sessionZone}'`);
await client.query(`set datestyle = '${sessionDateStyle}'`);
const run: Database["run"] = async <Row>(statement: { name: string; text: string }, values: readonly unknown[]) =>
  (await client.query({ ...statement, values: values as unknown[] })).rows as Row[];
const shown = async (name: string) =>
  Object.values((await client.query<Record<string, string>>(`show ${name}`)).rows[0]!);

const result: ZonesChildResult = {
  offset: new Date("2026-11-22").getTimezoneOffset(),
  zone: (await shown("timezone")).join(),
  dateStyle: (await shown("datestyle")).join(),
  listed: texts(await readDailyTotals({ run }, period, { includePending: true })),
  period: texts(await readPeriodTotals({ run }, period, { includePending: true })),
  rolledUp: texts(await rollUp({ run }, period)),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await client.end();
// Days of the clock do not depend on the zone either.
if (dayOfMs(0) !== 0) throw new Error("the day of 0 is not 0");
