import { Dimension, Granularity, Method, methodFromName } from "@count/proto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { BUCKET_SECONDS, bucketInDay, dayOfBucket } from "../../../src/domain/bucket.ts";
import { formatDay, parseDay } from "../../../src/domain/day.ts";
import { rollUp } from "../../../src/rollup/roll-up.ts";
import type { TotalsAnswer } from "../../../src/totals/query/answer.ts";
import { clear, databaseOfThisFile } from "../../ingest/ingest-support.ts";
import { addPending, days } from "../../rollup/pending.ts";
import { type Asked, addMethods, allPages, date, lines, NOW_MS, query } from "./query-calls.ts";

const db = databaseOfThisFile();
const METHODS = ["GET - /a", "GET svc /a", "POST - /a", "GET - /B", "METHOD_UNSPECIFIED svc /é", "GET svc /a/b"];
const ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham"];
/** 40 days, of which NOW is the 37th: the quarters of all of them are kept. Berlin's and St. John's clocks change within. */
const FIRST = parseDay("2026-10-20");
const DAYS = 40;
const { SERVICE, METHOD, PATH } = Dimension;

/** Filters of paths and methods, and what they let through; some so little that each method is looked up by itself. */
const FILTERS: readonly (Pick<Asked, "paths" | "methods"> & { lets: (method: string, path: string) => boolean })[] = [
  { lets: () => true },
  { paths: [filter("exact", "/a/b")], lets: (_, path) => path === "/a/b" },
  { paths: [filter("prefix", "/a")], lets: (_, path) => path.startsWith("/a") },
  { paths: [filter("glob", "/?")], lets: (_, path) => path.length === 2 },
  { paths: [filter("glob", "/**/b"), filter("exact", "/B")], lets: (_, path) => ["/a/b", "/B"].includes(path) },
  { methods: [Method.POST], lets: (method) => method === "POST" },
  { methods: [Method.GET], paths: [filter("exact", "/B")], lets: (_, path) => path === "/B" },
  { paths: [filter("exact", "/nowhere")], lets: () => false },
];

function filter(kind: "exact" | "prefix" | "glob", value: string): NonNullable<Asked["paths"]>[number] {
  return { kind: { case: kind, value } };
}

/** So many requests of a method in a quarter. */
interface Count {
  readonly at: number;
  readonly method: number;
  readonly count: number;
}

const quarter = fc.nat(DAYS * 96 - 1).map((n) => FIRST * 96 + n);
const counts = fc.array(
  fc.record<Count>({
    at: quarter,
    method: fc.integer({ min: 1, max: METHODS.length }),
    count: fc.integer({ min: 1, max: 1_000 }),
  }),
  { maxLength: 40 },
);
/** What happens to the counts, one after the other. Days to be rolled up are from one to another. */
const steps = fc.array(
  fc.oneof(
    counts.map((of) => ({ what: "count" as const, of })),
    fc.tuple(fc.nat(DAYS - 1), fc.nat(DAYS)).map(([first, more]) => ({ what: "roll up" as const, first, more })),
  ),
  { minLength: 1, maxLength: 6 },
);

const range = fc.oneof(
  fc.tuple(fc.nat(DAYS - 1), fc.nat(DAYS - 1)).map((ends): Asked => {
    const [startDate, endDate] = ends.sort((a, b) => a - b).map((n) => date(formatDay(FIRST + n)));
    return { startDate: startDate!, endDate: endDate! };
  }),
  fc.tuple(quarter, quarter).map((ends): Asked => {
    const [startTime, endTime] = ends.sort((a, b) => a - b);
    return { startTime: moment(startTime), endTime: moment(endTime + 1) };
  }),
);
const asked = fc
  .record({
    range,
    rest: fc.record({
      granularity: fc.constantFrom(...Object.values(Granularity).filter((value) => typeof value === "number")),
      timeZone: fc.constantFrom(...ZONES),
      groupBy: fc.subarray([SERVICE, METHOD, PATH]),
      services: fc.constantFrom<string[]>([], ["svc"], [""]),
      filter: fc.constantFrom(...FILTERS),
      comparePrevious: fc.boolean(),
    }),
  })
  .map(({ range, rest: { filter, ...rest } }) => {
    const { lets, ...of } = filter;
    const what: Required<Pick<Asked, keyof typeof rest>> & Asked = { ...range, ...rest, ...of };
    return { what, lets };
  });

function moment(quarter: number): { seconds: bigint } {
  return { seconds: BigInt(quarter * BUCKET_SECONDS) };
}

/** Does all steps, and returns what was counted. */
async function play(
  all: readonly (typeof steps extends fc.Arbitrary<infer S> ? S : never)[number][],
): Promise<Count[]> {
  await clear(db());
  await addMethods(db(), ...METHODS);
  const counted: Count[] = [];
  for (const step of all) {
    if (step.what === "roll up") {
      const period = days(formatDay(FIRST + step.first), formatDay(FIRST + step.first + step.more));
      await rollUp(db().database, period, { now: () => NOW_MS, maxStepRows: 7 });
      continue;
    }
    for (const [index, { at, method, count }] of step.of.entries()) {
      const day = formatDay(dayOfBucket(at));
      await addPending(db(), { day, bucket: bucketInDay(at), shard: index % 16, entries: [[method, count]] });
    }
    counted.push(...step.of);
  }
  return counted;
}

/** What the rows of all pages are to be, worked out from every single count. */
function expected(
  counted: readonly Count[],
  { groupBy, services }: Asked,
  lets: (method: string, path: string) => boolean,
  answer: TotalsAnswer,
): string[] {
  const sums = new Map<
    string,
    { period: number; path: string; method: string; service: string; both: [bigint, bigint] }
  >();
  for (const { at, method, count } of counted) {
    const [methodName, name, path] = METHODS[method - 1]!.split(" ") as [string, string, string];
    const service = name.replace("-", "");
    if ((services!.length > 0 && !services!.includes(service)) || !lets(methodName, path)) continue;
    for (const [boundaries, which] of [
      [answer.boundaries, 0],
      [answer.previous ?? [], 1],
    ] as const) {
      const period = boundaries.findIndex((start, n) => at >= start && at < (boundaries[n + 1] ?? at));
      if (period === -1) continue;
      const group = {
        path: groupBy!.includes(PATH) ? path : "",
        method: groupBy!.includes(METHOD) ? methodName : "METHOD_UNSPECIFIED",
        service: groupBy!.includes(SERVICE) ? service : "",
      };
      const key = JSON.stringify([period, group]);
      const sum = sums.get(key) ?? { period, ...group, both: [0n, 0n] };
      sum.both[which] += BigInt(count);
      sums.set(key, sum);
    }
  }
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...sums.values()]
    .sort(
      (a, b) =>
        a.period - b.period ||
        order(a.path, b.path) ||
        methodFromName(a.method) - methodFromName(b.method) ||
        order(a.service, b.service),
    )
    .map(({ period, path, method, service, both: [count, previous] }) =>
      [
        period,
        service || "-",
        method,
        path || "-",
        count,
        ...(answer.previous === undefined ? [] : [`(${previous})`]),
      ].join(" "),
    );
}

function sums({ rows, total, previousTotal }: Pick<TotalsAnswer, "rows" | "total" | "previousTotal">) {
  const sum = (of: "count" | "previousCount") => rows.reduce((all, row) => all + row[of], 0n);
  return { rows: [sum("count"), sum("previousCount")], totals: [total, previousTotal] };
}

test("every row of every page is exact, and rows add up to the total, with a remainder too", async () => {
  await fc.assert(
    fc.asyncProperty(steps, asked, fc.integer({ min: 1, max: 7 }), async (all, { what, lets }, size) => {
      const counted = await play(all);
      const whole = await query(db().database, { ...what, pageSize: 10_000 });
      expect(lines(whole)).toEqual(expected(counted, what, lets, whole));
      expect(sums(whole).rows).toEqual(sums(whole).totals);

      const pages = await allPages(db().database, { ...what, pageSize: size * 20 });
      expect(pages.flatMap(lines)).toEqual(lines(whole));

      // The number of rows has a limit.
      const { granularity } = what;
      if (granularity === Granularity.QUARTER_HOUR) return;
      const top = await query(db().database, { ...what, top: size });
      expect(sums(top)).toEqual(sums(whole));
    }),
    { numRuns: 60 },
  );
});

test("what is compared is what a query of the range before has", async () => {
  await fc.assert(
    fc.asyncProperty(steps, asked, async (all, { what }) => {
      await play(all);
      const compared = await query(db().database, { ...what, comparePrevious: true, pageSize: 10_000 });
      const { granularity, timeZone, groupBy, services, methods, paths } = what;
      const start = compared.previous![0]!;
      const end = compared.previous!.at(-1)!;
      // In a zone that leaves out a day there may be nothing before.
      if (start === end) return;
      const before = await query(db().database, {
        startTime: moment(start),
        endTime: moment(end),
        granularity,
        timeZone,
        groupBy,
        services,
        ...(methods && { methods }),
        ...(paths && { paths }),
        pageSize: 10_000,
      });
      expect(compared.previousTotal).toBe(before.total);
      // One that was moved back may begin and end elsewhere than such a period does: months have different lengths.
      if (before.boundaries.join() !== compared.previous!.join()) return;
      expect(
        lines({
          ...compared,
          previous: undefined,
          rows: compared.rows.map((row) => ({ ...row, count: row.previousCount })),
        }).filter((line) => !line.endsWith(" 0")),
      ).toEqual(lines(before));
    }),
    { numRuns: 40 },
  );
});

test("the days, weeks and months of a zone have what their quarters have together", async () => {
  await fc.assert(
    fc.asyncProperty(steps, asked, async (all, { what: of }) => {
      await play(all);
      const what = { ...of, comparePrevious: false, groupBy: [], pageSize: 10_000 };
      const quarters = await query(db().database, { ...what, granularity: Granularity.QUARTER_HOUR });
      const coarse = await query(db().database, what);
      const together = new Map<number, bigint>();
      for (const { period, count } of quarters.rows) {
        const at = quarters.boundaries[period]!;
        const of = coarse.boundaries.findIndex((start, n) => at >= start && at < (coarse.boundaries[n + 1] ?? at));
        together.set(of, (together.get(of) ?? 0n) + count);
      }
      expect(coarse.rows.map(({ period, count }) => [period, count])).toEqual([...together]);
    }),
    { numRuns: 40 },
  );
});
