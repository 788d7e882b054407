import { Dimension, Granularity } from "@count/proto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatDay, parseDay } from "../../../src/domain/day.ts";
import { rollUp } from "../../../src/rollup/roll-up.ts";
import type { TotalsAnswer } from "../../../src/totals/query/answer.ts";
import { clear, databaseOfThisFile } from "../../ingest/ingest-support.ts";
import { days } from "../../rollup/pending.ts";
import { type Asked, addMethods, allPages, date, lines, query } from "./query-calls.ts";

const db = databaseOfThisFile();
const METHODS = ["GET - /a", "GET svc /a", "POST - /a", "GET - /B", "METHOD_UNSPECIFIED svc /é", "GET svc /a/b"];
const FIRST = parseDay("2026-09-01");
const DAYS = 90;

interface Count {
  readonly day: number;
  readonly bucket: number;
  readonly method: number;
  readonly count: number;
}

const counts = fc.array(
  fc.record<Count>({
    day: fc.nat(DAYS - 1).map((n) => FIRST + n),
    bucket: fc.nat(95),
    method: fc.integer({ min: 1, max: METHODS.length }),
    count: fc.integer({ min: 1, max: 1_000 }),
  }),
  { maxLength: 60 },
);

const asked = fc
  .record({
    range: fc.tuple(fc.nat(DAYS - 1), fc.nat(DAYS - 1)).map((ends) => ends.sort((a, b) => a - b)),
    granularity: fc.constantFrom(Granularity.DAY, Granularity.WEEK, Granularity.MONTH, Granularity.ALL),
    groupBy: fc.subarray([Dimension.SERVICE, Dimension.METHOD, Dimension.PATH]),
    services: fc.constantFrom<string[][]>([], ["svc"], [""]).map((one) => one),
  })
  .map(({ range, ...rest }): Asked => {
    const [first, last] = range.map((n) => date(formatDay(FIRST + n)));
    return { startDate: first!, endDate: last!, ...rest };
  });

async function store(stored: readonly Count[]): Promise<void> {
  for (const { day, bucket, method, count } of stored) {
    await db().query("insert into count.pending values (3, $1, gen_random_uuid(), $2, $3, $4)", [
      formatDay(day),
      [method],
      [bucket],
      [count],
    ]);
  }
}

const sum = (answers: readonly TotalsAnswer[]) =>
  answers.flatMap(({ rows }) => rows).reduce((all, { count }) => all + count, 0n);

test("rows of all pages, rows with their remainder, and the total are what was recorded", async () => {
  await fc.assert(
    fc.asyncProperty(counts, counts, asked, fc.integer({ min: 1, max: 7 }), async (rolledUp, pending, query1, size) => {
      await clear(db());
      await db().query("delete from count.methods");
      await addMethods(db(), ...METHODS);
      await store(rolledUp);
      await rollUp(db().database, days("2026-01-01", "2026-12-31"));
      await store(pending);
      const [first, last] = [query1.startDate!, query1.endDate!].map(
        ({ year, month, day }) => Date.UTC(year!, month! - 1, day) / 86_400_000,
      );
      const isCounted = ({ day, method }: Count) =>
        day >= first! &&
        day <= last! &&
        (query1.services!.length === 0 ||
          query1.services!.includes(METHODS[method - 1]!.split(" ")[1]!.replace("-", "")));
      const expected = [...rolledUp, ...pending].filter(isCounted).reduce((all, { count }) => all + BigInt(count), 0n);

      const whole = await query(db().database, query1);
      expect([whole.total, sum([whole])]).toEqual([expected, expected]);
      expect(whole.pending).toBe(pending.filter(isCounted).reduce((all, { count }) => all + BigInt(count), 0n));
      const pages = await allPages(db().database, { ...query1, pageSize: size });
      expect(pages.flatMap(lines)).toEqual(lines(whole));
      const top = await query(db().database, { ...query1, top: size });
      expect([top.total, sum([top])]).toEqual([expected, expected]);
    }),
    { numRuns: 40 },
  );
});

test("what is compared is what a query of the range before has", async () => {
  await fc.assert(
    fc.asyncProperty(counts, asked, async (stored, query1) => {
      await clear(db());
      await db().query("delete from count.methods");
      await addMethods(db(), ...METHODS);
      await store(stored);
      await rollUp(db().database, days("2026-09-01", "2026-10-15"));
      const compared = await query(db().database, { ...query1, comparePrevious: true });
      const { granularity, groupBy, services } = query1 as Required<Asked>;
      const moment = (at: number) => ({ seconds: BigInt(at * 900) });
      const answer = await query(db().database, {
        granularity,
        groupBy,
        services,
        startTime: moment(compared.previous![0]!),
        endTime: moment(compared.previous!.at(-1)!),
      });
      expect(compared.previousTotal).toBe(answer.total);
      // Months have different lengths: one that was moved back may begin and end elsewhere than a month does.
      if (query1.granularity === Granularity.MONTH) return;
      const group = ({ service, method, path }: TotalsAnswer["rows"][number]) => `${service} ${method} ${path}`;
      const previous = compared.rows.filter(({ previousCount }) => previousCount > 0n);
      expect(previous.map((row) => `${compared.previous![row.period]} ${group(row)} ${row.previousCount}`)).toEqual(
        answer.rows.map((row) => `${answer.boundaries[row.period]} ${group(row)} ${row.count}`),
      );
    }),
    { numRuns: 40 },
  );
});
