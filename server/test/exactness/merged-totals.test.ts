import { create } from "@bufbuild/protobuf";
import { Dimension, Granularity, Method, PathRuleSchema } from "@count/proto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatDay } from "../../src/domain/day.ts";
import { NO_RULES, type PathRules } from "../../src/domain/path-rules.ts";
import { readPathRules } from "../../src/policy/read-path-rules.ts";
import { setPathRules } from "../../src/policy/set-path-rules.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { Aliases } from "../../src/totals/aliases.ts";
import { MethodNames } from "../../src/totals/method-names.ts";
import { nameTotals } from "../../src/totals/name-totals.ts";
import { readDailyTotals } from "../../src/totals/read-totals.ts";
import { clear, databaseOfThisFile, NOW_MS, testIngest } from "../ingest/ingest-support.ts";
import { checkBooks, days } from "../rollup/pending.ts";
import { date, query } from "../totals/query/query-calls.ts";

const db = databaseOfThisFile();
const now = () => NOW_MS;
const PERIOD = days("2026-11-20", "2026-11-22");

const DAYS = ["2026-11-20", "2026-11-21", "2026-11-22"];
const SERVICES = ["", "shop"];
const METHODS = [Method.GET, Method.POST];
const PATHS = ["/a", "/b", "/v1/a", "/v1/b", "/v1/a/x"];

const counted = fc.record({
  day: fc.constantFrom(...DAYS),
  service: fc.constantFrom(...SERVICES),
  method: fc.constantFrom(...METHODS),
  path: fc.constantFrom(...PATHS),
  requests: fc.integer({ min: 1, max: 3 }),
});

interface Counted {
  readonly day: string;
  readonly service: string;
  readonly method: number;
  readonly path: string;
  readonly requests: number;
}

const rule = fc.record({
  service: fc.option(fc.constantFrom(...SERVICES), { nil: undefined }),
  method: fc.option(fc.constantFrom(...METHODS), { nil: undefined }),
  path: fc.oneof(
    fc.constantFrom(...PATHS).map((value) => ({ case: "exact" as const, value })),
    fc.constantFrom("/v1/", "/", "").map((value) => ({ case: "prefix" as const, value })),
    fc.constantFrom("/v1/*", "/*", "**", "/?").map((value) => ({ case: "glob" as const, value })),
  ),
  to: fc.constantFrom("/a", "/v1/b", "/new"),
});
const rules = fc.array(rule, { maxLength: 4 }).map((list) =>
  readPathRules(
    list.map(({ service, method, path, to }) =>
      create(PathRuleSchema, {
        ...(service !== undefined && { service }),
        ...(method !== undefined && { method }),
        path: { kind: path },
        to,
      }),
    ),
    1_024,
  ),
);

/** Sums under names of any kind. */
function sums(all: readonly Counted[], nameOf: (one: Counted) => string): [string, number][] {
  const totals = new Map<string, number>();
  for (const one of all) totals.set(nameOf(one), (totals.get(nameOf(one)) ?? 0) + one.requests);
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
}

const serviceAndDay = ({ day, service }: Counted) => `${day} ${service}`;
const asRuled = (inForce: PathRules) => (one: Counted) =>
  `${serviceAndDay(one)} ${one.method} ${inForce.target(one.service, one.method, one.path) ?? one.path}`;

/** As `QueryTotals` has them. */
async function queried(): Promise<Counted[]> {
  const { SERVICE, METHOD, PATH } = Dimension;
  const asked = { startDate: date(DAYS[0]!), endDate: date(DAYS[2]!), granularity: Granularity.DAY };
  const { rows } = await query(
    db().database,
    { ...asked, groupBy: [SERVICE, METHOD, PATH], pageSize: 10_000 },
    { now },
  );
  return rows.map(({ period, service, method, path, count }) => ({
    day: DAYS[period]!,
    service,
    method,
    path,
    requests: Number(count),
  }));
}

/** As `ListDailyTotals` has them. */
async function listed(): Promise<Counted[]> {
  const totals = await readDailyTotals(db().database, PERIOD, { includePending: true });
  const naming = { names: new MethodNames(db().database), aliases: new Aliases(db().database) };
  const named = await nameTotals(totals, naming);
  return named.days.flatMap(({ day, methods, counts }) =>
    counts.map((count, at) => ({ ...named.methods[methods[at]!]!, day: formatDay(day!), requests: Number(count) })),
  );
}

test("Whenever rules are set, every path has the sum of its sources, and services and days keep theirs", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(counted, { maxLength: 12 }),
      fc.array(counted, { maxLength: 12 }),
      rules,
      rules,
      fc.nat(DAYS.length),
      async (before, after, first, second, rolledUpDays) => {
        await clear(db());
        const ingest = testIngest(db().database, { awaitedPaceMs: 0 });
        const count = async (all: readonly Counted[]) => {
          if (all.length === 0) return;
          for (const { day, requests, ...rest } of all) {
            const seconds = Date.parse(`${day}T10:00:00Z`) / 1_000;
            for (let n = 0; n < requests; n++) ingest.add({ ...rest, seconds });
          }
          ingest.hurry();
          await ingest.durable;
        };
        await count(before);
        if (rolledUpDays > 0) await rollUp(db().database, days(DAYS[0]!, DAYS[rolledUpDays - 1]), { now });
        await setPathRules(db().database, first);
        await count(after);
        const all = [...before, ...after];
        // What was new after the first rules was made under the path that they lead to, and is ruled as that from then on.
        const made = [...before, ...after.map((one) => asMade(one, before, first))];
        expect(sums(await queried(), asRuled(NO_RULES))).toEqual(sums(all, asRuled(first)));
        for (const inForce of [second, NO_RULES]) {
          const { requests } = await setPathRules(db().database, inForce);
          expect(requests <= BigInt(all.reduce((sum, one) => sum + one.requests, 0))).toBe(true);
          const [read, list] = [await queried(), await listed()];
          expect(sums(read, serviceAndDay)).toEqual(sums(all, serviceAndDay));
          expect(sums(read, asRuled(NO_RULES))).toEqual(sums(made, asRuled(inForce)));
          expect(sums(list, asRuled(NO_RULES))).toEqual(sums(read, asRuled(NO_RULES)));
        }
        await ingest.close();
        await checkBooks(db());
      },
    ),
    { numRuns: 25 },
  );
}, 180_000);

/** Under which path a request is stored that comes after the rules: its own, if that was known before. */
function asMade(one: Counted, before: readonly Counted[], inForce: PathRules): Counted {
  const { service, method, path } = one;
  const known = before.some((other) => other.service === service && other.method === method && other.path === path);
  return known ? one : { ...one, path: inForce.target(service, method, path) ?? path };
}
