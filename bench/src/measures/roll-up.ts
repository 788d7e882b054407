import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CountDailyTotalsRequestSchema, CountDailyTotalsResponseSchema, countService, toDate } from "@count/proto";
import { baselineRollUp } from "../baseline/roll-up.ts";
import { PAIRS } from "../load/pairs.ts";
import type { Candidate, Measure, RatioSpec } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import { insertMethods } from "./methods-in-count.ts";
import type { Workbench } from "./workbench.ts";

/** 2026-01-15, in days since 1970-01-01: a day that is over. */
const DAY = 20_468;

/**
 * $1 day (days since 1970), $2 rows, $3 entries of a row, $4 count of an entry. Entries of a row go through the methods, and
 * from one bucket to the next only after all of them, since a flush holds a (method, bucket) once.
 */
const INSERT_PENDING = `
insert into count.pending (shard, day, id, method_ids, buckets, counts)
select row % 16, date '1970-01-01' + $1::int, gen_random_uuid(), e.method_ids, e.buckets, e.counts
from generate_series(0, $2::int - 1) as row, lateral (
  select array_agg(m.ids[1 + n % cardinality(m.ids)] order by n) as method_ids,
    array_agg(((row + n / cardinality(m.ids)) % 96)::smallint order by n) as buckets,
    array_agg($4::bigint order by n) as counts
  from generate_series(0, $3::int - 1) as n, (select array_agg(id order by id) as ids from count.methods) as m
) as e`;

/** What a flush looks like in the table: a row. */
interface Flush {
  readonly name: string;
  readonly requests: number;
  /** Requests of the same (method, bucket) are one entry. */
  readonly entries: number;
  /** Whether its roll-up has an aim, or is only told. */
  readonly hasAim: boolean;
}

/** `Add` by streams that go on, at 50,000 requests a second: 100 ms of it. */
const ADD: Flush = { name: "count", requests: 5_000, entries: PAIRS.length, hasAim: true };
/** `Record` at a million requests a second: 25 ms of it. */
const RECORD: Flush = { name: "count Record", requests: 25_000, entries: PAIRS.length, hasAim: true };
/** `Add` by streams that are awaited, at 50,000 requests a second: 5 ms of it. */
const AWAITED: Flush = { name: "count awaited", requests: 250, entries: 125, hasAim: false };
/** The worst case: no two requests that could be one entry, as with a thousand methods. */
const UNMERGED: Flush = { name: "count unmerged", requests: 1_000, entries: 1_000, hasAim: false };
const FLUSHES = [ADD, RECORD, AWAITED, UNMERGED];

/** $1 day, $2 requests, spread evenly over the day. */
const INSERT_REQUESTS = `
insert into baseline.requests (method_id, request_timestamp)
select m.ids[1 + n % cardinality(m.ids)],
  (date '1970-01-01' + $1::int)::timestamp at time zone 'UTC' + n * (interval '24 hours' / $2::int)
from generate_series(0, $2::int - 1) as n, (select array_agg(id order by id) as ids from baseline.methods) as m`;

/** A day's pending requests into daily totals: over the wire by Count, and by the original's statement. */
export function rollUp(bench: Workbench): Measure {
  return {
    name: "roll-up",
    title: `Roll-up of ${bench.options.rollup.toLocaleString("en")} requests`,
    unit: "s",
    events: "requests",
    figure: ({ seconds }) => seconds,
    candidates: [...FLUSHES.map((flush) => countCandidate(bench, flush)), originalCandidate(bench)],
    ratios: FLUSHES.flatMap(ratiosOf),
    // Loading takes longer than what is measured.
    warmUp: false,
  };
}

/** The aims are for ten million requests. */
function ratiosOf({ name, hasAim }: Flush): RatioSpec[] {
  return [
    {
      name: `time, original ÷ ${name}`,
      over: "original",
      under: name,
      of: ({ seconds }) => seconds,
      ...(hasAim && { aim: { atLeast: 50 } }),
    },
    {
      name: `WAL, ${name} ÷ original`,
      over: name,
      under: "original",
      of: ({ walBytes }) => walBytes,
      ...(hasAim && { aim: { atMost: 1 / 50 } }),
    },
  ];
}

function countCandidate({ options, count, countSql, client, postgres }: Workbench, flush: Flush): Candidate {
  const request = toBinary(CountDailyTotalsRequestSchema, create(CountDailyTotalsRequestSchema, { date: toDate(DAY) }));
  return {
    name: flush.name,
    async run() {
      await count.clear();
      await insertMethods(countSql);
      const { requests, entries } = flush;
      await countSql.query(INSERT_PENDING, [DAY, options.rollup / requests, entries, requests / entries]);
      await countSql.query("vacuum analyze count.pending");
      let response: Uint8Array = new Uint8Array();
      const sample = await metered({ postgres, server: count.pid, client: client.pid }, async () => {
        const { path } = countService.countDailyTotals;
        const result = await client.call({ address: count.address, path, request, times: 1 });
        response = result.response;
        return { events: options.rollup, seconds: result.seconds };
      });
      const { methodCounts } = fromBinary(CountDailyTotalsResponseSchema, response);
      check(
        flush.name,
        options.rollup,
        methodCounts.map((row) => Number(row.count)),
      );
      return sample;
    },
  };
}

function originalCandidate({ options, baseline, baselineSql, postgres }: Workbench): Candidate {
  return {
    name: "original",
    async run() {
      await baseline.clear();
      await baselineSql.query("truncate baseline.daily_method_totals");
      // Checking a million foreign keys is no part of the roll-up.
      await baselineSql.query("set session_replication_role = replica");
      await baselineSql.query(INSERT_REQUESTS, [DAY, options.rollup]);
      await baselineSql.query("set session_replication_role = default");
      await baselineSql.query("vacuum analyze baseline.requests");
      let totals: number[] = [];
      const sample = await metered({ postgres }, async () => {
        const start = performance.now();
        const day = new Date(DAY * 86_400_000).toISOString().slice(0, 10);
        const values = [`${day}T00:00:00Z`, `${day}T23:59:59.999999Z`];
        const { rows } = await baselineSql.query<{ total: string }>(baselineRollUp, values);
        const seconds = (performance.now() - start) / 1_000;
        totals = rows.map(({ total }) => Number(total));
        return { events: options.rollup, seconds };
      });
      check("original", options.rollup, totals);
      await baseline.clear();
      return sample;
    },
  };
}

function check(name: string, expected: number, totals: readonly number[]): void {
  const sum = totals.reduce((all, total) => all + total, 0);
  if (sum !== expected) throw new Error(`the roll-up by ${name} has ${sum} requests of ${expected}`);
}
