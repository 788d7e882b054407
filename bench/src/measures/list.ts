import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { countService, ListDailyTotalsRequestSchema, ListDailyTotalsResponseSchema, toDate } from "@count/proto";
import { PAIRS } from "../load/pairs.ts";
import type { Candidate, Measure } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import { insertMethods } from "./methods-in-count.ts";
import type { Target } from "./target.ts";
import type { Workbench } from "./workbench.ts";

/** 2025-01-01, in days since 1970-01-01, and the length of that year. */
const FIRST_DAY = 20_089;
const DAYS = 365;
/** Calls of one run: the CPU time that the system tells has a resolution of 10 ms. */
const CALLS = 5;

const INSERT_TOTALS = {
  count: `
insert into count.daily_method_totals (day, method_id, total)
select date '1970-01-01' + $1::int + d, id, 1000 + d from count.methods, generate_series(0, $2::int - 1) as d`,
  baseline: `
insert into baseline.daily_method_totals (date, method_id, total)
select date '1970-01-01' + $1::int + d, id, 1000 + d from baseline.methods, generate_series(0, $2::int - 1) as d`,
};

/** A year of all pairs, from the request to the last byte of the answer; the client does not decode. */
export function listYear(bench: Workbench): Measure {
  const rows = DAYS * PAIRS.length;
  return {
    name: "list-year",
    title: `ListDailyTotals, a year of ${PAIRS.length} pairs (${rows.toLocaleString("en")} rows)`,
    unit: "s",
    events: "rows",
    figure: ({ seconds }) => seconds / CALLS,
    candidates: [candidate(bench, bench.count, fillCount), candidate(bench, bench.baseline, fillBaseline)],
    ratios: [
      {
        name: "time, count ÷ baseline",
        over: "count",
        under: "baseline",
        of: ({ seconds }) => seconds,
        aim: { atMost: 0.7 },
      },
    ],
    warmUp: true,
  };
}

async function fillCount({ count, countSql }: Workbench): Promise<void> {
  await count.clear();
  await insertMethods(countSql);
  await countSql.query(INSERT_TOTALS.count, [FIRST_DAY, DAYS]);
  await countSql.query("vacuum analyze count.daily_method_totals");
}

async function fillBaseline({ baselineSql }: Workbench): Promise<void> {
  await baselineSql.query("truncate baseline.daily_method_totals");
  await baselineSql.query(INSERT_TOTALS.baseline, [FIRST_DAY, DAYS]);
  await baselineSql.query("vacuum analyze baseline.daily_method_totals");
}

function candidate(bench: Workbench, target: Target, fill: (bench: Workbench) => Promise<void>): Candidate {
  const { client, postgres } = bench;
  const request = toBinary(
    ListDailyTotalsRequestSchema,
    create(ListDailyTotalsRequestSchema, { startDate: toDate(FIRST_DAY), endDate: toDate(FIRST_DAY + DAYS - 1) }),
  );
  let filled: Promise<void> | undefined;
  return {
    name: target.name,
    async run() {
      filled ??= fill(bench);
      await filled;
      let response: Uint8Array = new Uint8Array();
      const sample = await metered({ postgres, server: target.pid, client: client.pid }, async () => {
        const { path } = countService.listDailyTotals;
        const result = await client.call({ address: target.address, path, request, times: CALLS });
        response = result.response;
        return { events: CALLS * DAYS * PAIRS.length, seconds: result.seconds };
      });
      check(target.name, response);
      return sample;
    },
  };
}

function check(name: string, response: Uint8Array): void {
  const { methodCounts } = fromBinary(ListDailyTotalsResponseSchema, response);
  const sum = methodCounts.reduce((all, { count }) => all + Number(count), 0);
  const expected = PAIRS.length * (1_000 * DAYS + (DAYS * (DAYS - 1)) / 2);
  if (methodCounts.length === DAYS * PAIRS.length && sum === expected) return;
  throw new Error(
    `${name} listed ${methodCounts.length} rows with ${sum} requests; expected ${DAYS * PAIRS.length} with ${expected}`,
  );
}
