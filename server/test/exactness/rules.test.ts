import { Dimension } from "@count/proto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PathRules } from "../../src/domain/path-rules.ts";
import type { Ingest } from "../../src/ingest/ingest.ts";
import { setPathRules } from "../../src/policy/set-path-rules.ts";
import { removeExpired } from "../../src/retention/remove-expired.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { clear, databaseOfThisFile, GET, NOW_MS, testIngest } from "../ingest/ingest-support.ts";
import { rulesOf } from "../policy/rules.ts";
import { checkBooks, days } from "../rollup/pending.ts";
import { date, query } from "../totals/query/query-calls.ts";

const db = databaseOfThisFile();
const PATHS = ["/a", "/b", "/v1/a", "/v1/b", "/v2/a", "/v2/a/x", "(overflow)"];
const now = () => NOW_MS;

const rules = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom("/v1/*", "/v1/a", "/v2/**", "/a", "/*/a", "**", "/new"),
      fc.constantFrom("/a", "/new", "/v1/a", "/other"),
    ),
    { maxLength: 3, selector: ([glob]) => glob },
  )
  .map((entries) => rulesOf(Object.fromEntries(entries)));
const step = fc.oneof(
  {
    arbitrary: fc.record({
      what: fc.constant("count" as const),
      paths: fc.array(fc.constantFrom(...PATHS), { minLength: 1, maxLength: 6 }),
      server: fc.nat(1),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ what: fc.constant("set rules" as const), rules, server: fc.nat(1) }), weight: 2 },
  { arbitrary: fc.record({ what: fc.constant("roll up" as const) }), weight: 1 },
  { arbitrary: fc.record({ what: fc.constant("remove expired" as const) }), weight: 1 },
);
const steps = fc.array(step, { minLength: 1, maxLength: 12 });

async function count(ingest: Ingest, paths: readonly string[]): Promise<void> {
  for (const path of paths) ingest.add({ method: GET, path, service: "", seconds: NOW_MS / 1_000 });
  ingest.hurry();
  await ingest.durable;
}

const bump = (sums: Map<string, number>, path: string, by: number) => sums.set(path, (sums.get(path) ?? 0) + by);
const sorted = (sums: ReadonlyMap<string, number>) => [...sums].sort(([a], [b]) => (a < b ? -1 : 1));

/** How often each path was requested, as it is read. */
async function read(): Promise<[string, number][]> {
  const asked = { startDate: date("2026"), endDate: date("2026"), groupBy: [Dimension.PATH] };
  const { rows, total } = await query(db().database, asked, { now });
  expect(rows.reduce((sum, row) => sum + row.count, 0n)).toBe(total);
  return sorted(new Map(rows.map(({ path, count }) => [path, Number(count)])));
}

/** How often each path was requested, as it was counted. */
async function counted(): Promise<Map<string, number>> {
  const rows = await db().query<{ path: string; n: bigint }>(
    `select m.path, sum(t.n)::bigint as n from (
       select method_id, total as n from count.daily_method_totals
       union all select unnest(method_ids), unnest(counts) from count.pending
     ) as t join count.methods as m on m.id = t.method_id group by m.path`,
  );
  return new Map(rows.map(({ path, n }) => [path, Number(n)]));
}

function asRead(counts: ReadonlyMap<string, number>, { target }: Pick<PathRules, "target">): [string, number][] {
  const sums = new Map<string, number>();
  for (const [path, n] of counts) bump(sums, target("", GET, path) ?? path, n);
  return sorted(sums);
}

async function other(what: "roll up" | "remove expired"): Promise<void> {
  if (what === "roll up") await rollUp(db().database, days("2026-11-01", "2026-11-30"), { now });
  else await removeExpired(db().database, { retention: { bucketDays: 35, totalDays: Number.POSITIVE_INFINITY }, now });
}

test("Whatever is counted, rolled up and ruled in whatever order, every path has exactly what it should", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      await clear(db());
      const ingest = testIngest(db().database, { awaitedPaceMs: 0 });
      const existing = new Set<string>();
      const counts = new Map<string, number>();
      let inForce = rulesOf({});
      for (const step of all) {
        if (step.what === "count") {
          await count(ingest, step.paths);
          // All of a flush are looked for before any is made.
          const under = step.paths.map((path) => (existing.has(path) ? path : (inForce.target("", GET, path) ?? path)));
          for (const path of under) {
            bump(counts, path, 1);
            existing.add(path);
          }
        } else if (step.what === "set rules") {
          await setPathRules(db().database, step.rules);
          await ingest.policy.refresh();
          inForce = step.rules;
          for (const path of [...existing]) existing.add(inForce.target("", GET, path) ?? path);
        } else await other(step.what);
        expect(await read()).toEqual(asRead(counts, { target: (...of) => inForce.target(...of) }));
      }
      await ingest.close();
      await checkBooks(db());
      await setPathRules(db().database, rulesOf({}));
      expect(await read()).toEqual(sorted(counts));
    }),
    { numRuns: 40 },
  );
});

test("With two servers, of which one hears of rules later, nothing is lost and everything is read as the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      await clear(db());
      const servers = [0, 1].map(() => testIngest(db().database, { awaitedPaceMs: 0 }));
      let requests = 0;
      let inForce = rulesOf({});
      const running: Promise<void>[] = [];
      for (const step of all) {
        if (step.what === "count") {
          requests += step.paths.length;
          running.push(count(servers[step.server]!, step.paths));
        } else if (step.what === "set rules") {
          // One after the other, so that it is known which are the last; counting goes on meanwhile.
          await setPathRules(db().database, step.rules);
          await servers[step.server]!.policy.refresh();
          inForce = step.rules;
        } else running.push(other(step.what));
      }
      await Promise.all(running);
      const counts = await counted();
      expect([...counts.values()].reduce((sum, n) => sum + n, 0)).toBe(requests);
      expect(await read()).toEqual(asRead(counts, { target: (...of) => inForce.target(...of) }));
      for (const server of servers) await server.close();
      await checkBooks(db());
    }),
    { numRuns: 40 },
  );
});
