import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  countService,
  Dimension,
  Granularity,
  QueryTotalsRequestSchema,
  QueryTotalsResponseSchema,
  toDate,
} from "@count/proto";
import type { Candidate, Measure } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import type { Workbench } from "./workbench.ts";
import { DAYS, FIRST_DAY, fillYear, pathsOf, SERVICE, SERVICE_PATHS } from "./year-of-totals.ts";

const TOP = 20;
const PAGE = 1_000;

/** A question about the year, and the SQL that a person would write for the same answer. */
interface Question {
  readonly name: string;
  readonly request: Exclude<MessageInitShape<typeof QueryTotalsRequestSchema>, { $typeName: string }>;
  readonly sql: string;
  /** Rows of the answer: of the SQL, and of QueryTotals at least, whose pages may have fewer. */
  readonly rows: { readonly sql: number; readonly count: number };
  /** Whether its total is the service's. */
  readonly ofService: boolean;
}

const YEAR = "t.day between '2025-01-01' and '2025-12-31'";
const FROM = "from count.daily_method_totals as t join count.methods as m on m.id = t.method_id";

const QUESTIONS: readonly Question[] = [
  {
    name: `a service by day (${SERVICE_PATHS} paths)`,
    request: { granularity: Granularity.DAY, services: [SERVICE] },
    sql: `select t.day, sum(t.total) ${FROM} where ${YEAR} and m.service = '${SERVICE}' group by t.day order by t.day`,
    rows: { sql: DAYS, count: DAYS },
    ofService: true,
  },
  {
    name: `its paths by day, a page of ${PAGE.toLocaleString("en")}`,
    request: { granularity: Granularity.DAY, services: [SERVICE], groupBy: [Dimension.PATH], pageSize: PAGE },
    sql: `select t.day, m.path, sum(t.total) ${FROM} where ${YEAR} and m.service = '${SERVICE}' group by t.day, m.path order by t.day, m.path limit ${PAGE}`,
    rows: { sql: PAGE, count: PAGE / 2 },
    ofService: true,
  },
  {
    name: `top ${TOP} of all paths`,
    request: { groupBy: [Dimension.SERVICE, Dimension.PATH], top: TOP },
    sql: `select m.service, m.path, sum(t.total) ${FROM} where ${YEAR} group by m.service, m.path order by 3 desc limit ${TOP}`,
    // With the remainder.
    rows: { sql: TOP, count: TOP + 1 },
    ofService: false,
  },
];

/**
 * QueryTotals of a year, from the request to the last byte of the answer, beside plain SQL for the same rows, for each number of
 * stored rows. QueryTotals has more to tell than the SQL: the total of everything, the remainder, what is pending, what was lost.
 */
export function queryYear(bench: Workbench): Measure[] {
  return bench.options.rows.map((rows) => ofSize(bench, rows));
}

interface Year {
  readonly rows: number;
  readonly requests: number;
  readonly ofService: number;
}

function ofSize(bench: Workbench, rows: number): Measure {
  let filled: Promise<Year> | undefined;
  const year = (): Promise<Year> => {
    filled ??= fillYear(bench.countSql, rows);
    return filled;
  };
  return {
    name: "query-year",
    title: `QueryTotals of a year, ${(pathsOf(rows) * DAYS).toLocaleString("en")} daily totals stored`,
    unit: "ms",
    events: "answers",
    figure: ({ seconds }) => seconds * 1_000,
    candidates: [
      ...QUESTIONS.flatMap((question) => [asked(bench, question, year), plain(bench, question, year)]),
      {
        name: "limit: each row read once",
        run: () => timed(bench, year, `select sum(total) from count.daily_method_totals as t where ${YEAR}`, 1),
      },
    ],
    ratios: QUESTIONS.map(({ name }) => ({
      name: `time, ${name}, count ÷ SQL`,
      over: `${name}: count`,
      under: `${name}: SQL`,
      of: ({ seconds }) => seconds,
    })),
    warmUp: true,
  };
}

function asked(bench: Workbench, question: Question, year: () => Promise<Year>): Candidate {
  const { client, count, postgres } = bench;
  const request = toBinary(
    QueryTotalsRequestSchema,
    create(QueryTotalsRequestSchema, {
      startDate: toDate(FIRST_DAY),
      endDate: toDate(FIRST_DAY + DAYS - 1),
      ...question.request,
    }),
  );
  return {
    name: `${question.name}: count`,
    async run() {
      const { requests, ofService } = await year();
      let response: Uint8Array = new Uint8Array();
      const sample = await metered({ postgres, server: count.pid, client: client.pid }, async () => {
        const { path } = countService.queryTotals;
        const result = await client.call({ address: count.address, path, request, times: 1 });
        response = result.response;
        return { events: 1, seconds: result.seconds };
      });
      const { rows: found, total } = fromBinary(QueryTotalsResponseSchema, response);
      if (found.length < question.rows.count) check(question.name, found.length, question.rows.count);
      check(question.name, Number(total), question.ofService ? ofService : requests);
      return sample;
    },
  };
}

function plain(bench: Workbench, question: Question, year: () => Promise<Year>): Candidate {
  return { name: `${question.name}: SQL`, run: () => timed(bench, year, question.sql, question.rows.sql) };
}

async function timed({ countSql, postgres }: Workbench, year: () => Promise<Year>, sql: string, expected: number) {
  await year();
  let found = 0;
  const sample = await metered({ postgres }, async () => {
    const start = performance.now();
    found = (await countSql.query(sql)).rows.length;
    return { events: 1, seconds: (performance.now() - start) / 1_000 };
  });
  check(sql, found, expected);
  return sample;
}

function check(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${what}: ${found} in the place of ${expected}`);
}
