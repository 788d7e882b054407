import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { processStart } from "../../src/embedded/process-start.ts";
import { removeLeftovers } from "../support/leftovers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeCheckout } from "./checkout.ts";
import { Holding, postmasterPid, query } from "./holding.ts";

let base: string;
beforeAll(async () => {
  base = await temporaryFolder("count-leftovers-");
});
afterAll(() => rm(base, { recursive: true, force: true }));

test("A killed test run's database is stopped and deleted by the next, a living one's is not", async () => {
  const program = await makeCheckout(join(base, "checkout"));
  const start = (name: string): Holding =>
    new Holding(program, { dataDir: join(base, name), extraSettings: { fsync: "off" } });
  const [killed, living] = [start("count-jest-killed"), start("count-jest-living")];
  const [, { url }] = await Promise.all([killed.next(), living.next()]);
  const orphan = await postmasterPid(join(base, "count-jest-killed"));
  await killed.kill();

  await removeLeftovers(base);
  expect((await readdir(base)).sort()).toEqual(["checkout", "count-jest-killed", "count-jest-living"]);
  await removeLeftovers(base, 0);
  expect((await readdir(base)).sort()).toEqual(["checkout", "count-jest-living"]);
  expect(await processStart(orphan)).toBeUndefined();
  expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
  expect(await living.tell("close")).toBe(0);
});
