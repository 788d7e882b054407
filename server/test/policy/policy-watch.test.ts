import { describe, expect, test } from "@jest/globals";
import type { CountError } from "../../src/domain/count-error.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { PolicyWatch, type PolicyWatchOptions } from "../../src/policy/policy-watch.ts";
import { setPathRules } from "../../src/policy/set-path-rules.ts";
import { databaseOfThisFile } from "../ingest/ingest-support.ts";
import { rulesOf } from "./rules.ts";

const db = databaseOfThisFile();

/** A watch, and a promise of the n-th policy that it hears. */
function watched(options: Partial<PolicyWatchOptions> = {}) {
  const heard: Policy[] = [];
  const waiting: (() => void)[] = [];
  const watch = new PolicyWatch({
    database: db().database,
    onChange: (policy) => {
      heard.push(policy);
      for (const wake of waiting.splice(0)) wake();
    },
    intervalMs: 5,
    ...options,
  });
  const nth = async (n: number): Promise<Policy> => {
    while (heard.length < n) await new Promise<void>((wake) => waiting.push(wake));
    return heard[n - 1]!;
  };
  return { watch, heard, nth };
}

describe("a watch over the policy", () => {
  test("hears of rules and horizons within its interval, and of each only once", async () => {
    const { watch, heard, nth } = watched();
    await watch.start();
    expect(await nth(1)).toMatchObject({ version: 0n, totalsFrom: undefined });
    await setPathRules(db().database, rulesOf({ "/a": "/b" }));
    expect((await nth(2)).rules.target("", 3, "/a")).toBe("/b");
    await db().query("update count.state set totals_from = '1970-01-03'");
    expect(await nth(3)).toMatchObject({ version: 1n, totalsFrom: 2 });
    expect(watch.current.rules.target("", 3, "/a")).toBe("/b");
    await watch.close();
    expect(heard).toHaveLength(3);
  });

  test("lets methods follow rules whose setter has not come to its end", async () => {
    await db().query("insert into count.methods (service, method, path) values ('', 3, '/a')");
    await db().query(
      `update count.state set path_rules = '[{"path":{"exact":"/a"},"to":"/b"}]', path_rules_version = 1`,
    );
    const { watch } = watched({ patience: 2 });
    await watch.start();
    while (!(await watch.refresh()).isApplied) await new Promise((resolve) => setImmediate(resolve));
    await watch.close();
    expect(
      await db().query(
        "select m.path, r.path as counted_as from count.methods as m join count.methods as r on r.id = m.counted_as",
      ),
    ).toEqual([{ path: "/a", counted_as: "/b" }]);
  });

  test("tells why it cannot read it, and goes on", async () => {
    const errors: CountError[] = [];
    const { watch, nth } = watched({ onError: (error) => errors.push(error) });
    await db().query("update count.state set path_rules = 'nonsense'");
    await watch.start();
    expect(errors[0]!.message).toMatch(/^the path rules in count.state cannot be read: Unexpected token/);
    await db().query("update count.state set path_rules = '[]'");
    expect(await nth(1)).toMatchObject({ version: 0n });
    await watch.close();
  });

  test("closes more than once, and reads no more", async () => {
    const { watch, heard } = watched();
    await Promise.all([watch.start(), watch.close(), watch.close()]);
    expect(heard.length).toBeLessThanOrEqual(1);
  });
});
