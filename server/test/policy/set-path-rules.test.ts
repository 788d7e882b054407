import { Dimension } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import type { Database } from "../../src/db/database.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { NO_RULES } from "../../src/domain/path-rules.ts";
import { applyPathRules } from "../../src/policy/apply-path-rules.ts";
import { readPolicy } from "../../src/policy/policy.ts";
import { type PathChanges, setPathRules } from "../../src/policy/set-path-rules.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { databaseOfThisFile } from "../ingest/ingest-support.ts";
import { addPending, days } from "../rollup/pending.ts";
import { addMethods, date, lines, query } from "../totals/query/query-calls.ts";
import { rulesOf } from "./rules.ts";

const db = databaseOfThisFile();

/** 1 of the first method, 10 of the second …: half of each is rolled up. */
async function fill(...names: readonly string[]): Promise<void> {
  await addMethods(db(), ...names);
  await db()
    .query("select setval(pg_get_serial_sequence('count.methods', 'id'), 100)")
    .catch(() => undefined);
  const entries = names.map((_, n) => [n + 1, 10 ** n] as const);
  await addPending(db(), { day: "2026-11-22", entries });
  await rollUp(db().database, days("2026-11-22"));
  await addPending(db(), { day: "2026-11-23", entries });
}

async function paths(): Promise<string[]> {
  const { SERVICE, METHOD, PATH } = Dimension;
  const asked = { startDate: date("2026"), endDate: date("2026"), groupBy: [SERVICE, METHOD, PATH] };
  return lines(await query(db().database, asked));
}

const told = ({ changes, paths: number, requests }: PathChanges) => ({
  changes: changes.map(
    ({ service, method, counted, from, to, count }) =>
      `${service || "-"} ${method} ${counted}: ${from} → ${to}, ${count}`,
  ),
  paths: number,
  requests,
});

describe("setPathRules", () => {
  test("lets what is counted be read under other paths, and under its own again", async () => {
    await fill("GET - /v1/a", "GET - /v1/b", "POST - /v1/a", "GET svc /v1/a", "GET - /a");
    const changes = await setPathRules(db().database, rulesOf({ "/v1/*": "/a" }));
    expect(told(changes)).toEqual({
      changes: [
        "- 3 /v1/a: /v1/a → /a, 2",
        "svc 3 /v1/a: /v1/a → /a, 2000",
        "- 6 /v1/a: /v1/a → /a, 200",
        "- 3 /v1/b: /v1/b → /a, 20",
      ],
      paths: 4,
      requests: 2_222n,
    });
    expect(await paths()).toEqual(["0 - GET /a 20022", "0 svc GET /a 2000", "0 - POST /a 200"]);

    const other = await setPathRules(db().database, rulesOf({ "/v1/b": "/b", "/v1/*": "/v1/a" }));
    expect(told(other)).toEqual({
      changes: [
        "- 3 /v1/a: /a → /v1/a, 2",
        "svc 3 /v1/a: /a → /v1/a, 2000",
        "- 6 /v1/a: /a → /v1/a, 200",
        "- 3 /v1/b: /a → /b, 20",
      ],
      paths: 4,
      requests: 2_222n,
    });
    expect(await paths()).toEqual([
      "0 - GET /a 20000",
      "0 - GET /b 20",
      "0 - GET /v1/a 2",
      "0 svc GET /v1/a 2000",
      "0 - POST /v1/a 200",
    ]);

    await setPathRules(db().database, NO_RULES);
    expect(await paths()).toEqual([
      "0 - GET /a 20000",
      "0 - GET /v1/a 2",
      "0 svc GET /v1/a 2000",
      "0 - POST /v1/a 200",
      "0 - GET /v1/b 20",
    ]);
    expect(await db().query("select count(*) as n from count.methods where counted_as is not null")).toEqual([
      { n: 0n },
    ]);
  });

  test("filters by the path under which requests are read", async () => {
    await fill("GET - /v1/a", "GET - /a");
    await setPathRules(db().database, rulesOf({ "/v1/*": "/a" }));
    const total = async (value: string) => {
      const paths = [{ kind: { case: "exact" as const, value } }];
      return (await query(db().database, { startDate: date("2026"), endDate: date("2026"), paths })).total;
    };
    expect([await total("/v1/a"), await total("/a")]).toEqual([0n, 22n]);
  });

  test("only tells when it is asked to", async () => {
    await fill("GET - /v1/a", "GET - /a");
    const before = await paths();
    const changes = await setPathRules(db().database, rulesOf({ "/v1/*": "/b" }), { dryRun: true });
    expect(told(changes)).toEqual({ changes: ["- 3 /v1/a: /v1/a → /b, 2"], paths: 1, requests: 2n });
    expect(await paths()).toEqual(before);
    expect(await readPolicy(db().database)).toMatchObject({ version: 0n, isApplied: true, rules: { list: [] } });
    expect(await db().query("select path from count.methods order by path")).toEqual([
      { path: "/a" },
      { path: "/v1/a" },
    ]);
  });

  test("tells ten thousand changes at most, and the number of all", async () => {
    await db().query(
      "insert into count.methods (service, method, path) select '', 3, '/v1/' || g::text from generate_series(1, 10050) as t(g)",
    );
    const { changes, paths: number, requests } = await setPathRules(db().database, rulesOf({ "/v1/*": "/a" }));
    expect([changes.length, number, requests]).toEqual([10_000, 10_050, 0n]);
  });

  test("that breaks off is gone on with by whoever applies the rules in force", async () => {
    await fill("GET - /v1/a", "GET - /v1/b", "GET - /a");
    const broken: Database["run"] = (statement, values, options) => {
      if (statement.name === "count-methods-as") throw new CountError("unavailable", "broken off");
      return db().database.run(statement, values, options);
    };
    await expect(setPathRules({ run: broken }, rulesOf({ "/v1/*": "/a" }))).rejects.toThrow("broken off");
    const policy = await readPolicy(db().database);
    expect([policy.isApplied, await paths()]).toEqual([
      false,
      ["0 - GET /a 200", "0 - GET /v1/a 2", "0 - GET /v1/b 20"],
    ]);
    expect(await applyPathRules(db().database, policy)).toBe(2);
    expect([(await readPolicy(db().database)).isApplied, await paths()]).toEqual([true, ["0 - GET /a 222"]]);
    expect(await applyPathRules(db().database, policy)).toBe(0);
  });

  test("of an earlier version change nothing any more", async () => {
    await fill("GET - /v1/a", "GET - /a");
    await setPathRules(db().database, rulesOf({ "/v1/*": "/b" }));
    const old = await readPolicy(db().database);
    await setPathRules(db().database, rulesOf({ "/v1/*": "/a" }));
    await applyPathRules(db().database, old);
    expect(await paths()).toEqual(["0 - GET /a 22"]);
    expect((await readPolicy(db().database)).isApplied).toBe(true);
  });

  test("by several at once leaves the rules of one of them in force, for all methods", async () => {
    await fill("GET - /v1/a", "GET - /v1/b", "GET - /v2/a", "GET - /a");
    const all = [rulesOf({ "/v1/*": "/a" }), rulesOf({ "/v2/*": "/a" }), rulesOf({ "/*/a": "/b" })];
    await Promise.all(all.map((rules) => setPathRules(db().database, rules)));
    const policy = await readPolicy(db().database);
    expect([policy.version, policy.isApplied]).toEqual([3n, true]);
    const now = await paths();
    await setPathRules(db().database, policy.rules);
    expect(await paths()).toEqual(now);
  });
});
