import { expect, test } from "@jest/globals";
import { databaseOfThisFile, NOW_MS, stored, type TestIngestOptions, testIngest } from "./ingest-support.ts";

const db = databaseOfThisFile();

type Request = readonly [service: string, method: number, path: string];

/** Through an ingest of its own, each list in a flush of its own. @returns what was told of overflows */
async function count(limits: NonNullable<TestIngestOptions["limits"]>, ...flushes: Request[][]): Promise<string[]> {
  const ingest = testIngest(db().database, { limits });
  for (const requests of flushes) {
    const { durable } = ingest;
    for (const [service, method, path] of requests) {
      expect(ingest.add({ service, method, path, seconds: NOW_MS / 1_000 })).toBeUndefined();
    }
    await durable;
  }
  await ingest.close();
  return ingest.observer.overflows;
}

test("Paths beyond a service's limit are counted under (overflow), with their service and method", async () => {
  const limits = { maxPathsPerService: 2 };
  const told = await count(
    limits,
    [
      ["s", 3, "/1"],
      ["s", 6, "/1"],
      ["s", 3, "/2"],
      ["s", 3, "/3"],
      ["s", 6, "/4"],
      ["t", 3, "/3"],
    ],
    [
      ["s", 3, "/5"],
      ["s", 3, "/3"],
      ["s", 9, "/2"],
      ["s", 3, "/1"],
      ["t", 3, "/4"],
      ["t", 3, "/5"],
    ],
  );
  expect(told).toEqual(["paths 2", "paths 3"]);
  // Another server finds what there is.
  const others = await count(limits, [
    ["s", 3, "/6"],
    ["s", 3, "/2"],
    ["t", 3, "/3"],
  ]);
  expect(others).toEqual(["paths 1"]);
  expect(await stored(db())).toEqual(
    [
      "2026-11-22 s 3 /1: 2",
      "2026-11-22 s 6 /1: 1",
      "2026-11-22 s 3 /2: 2",
      "2026-11-22 s 9 /2: 1",
      "2026-11-22 s 3 (overflow): 4",
      "2026-11-22 s 6 (overflow): 1",
      "2026-11-22 t 3 /3: 2",
      "2026-11-22 t 3 /4: 1",
      "2026-11-22 t 3 (overflow): 1",
    ].sort(),
  );
});

test("Services beyond the limit are counted under (overflow), with their method", async () => {
  const limits = { maxServices: 2 };
  const told = await count(
    limits,
    [
      ["s", 3, "/1"],
      ["t", 3, "/1"],
      ["u", 3, "/1"],
      ["u", 6, "/2"],
    ],
    [
      ["v", 3, "/9"],
      ["s", 3, "/2"],
    ],
  );
  expect(told).toEqual(["services 2", "services 1"]);
  await count(limits, [
    ["u", 3, "/1"],
    ["t", 3, "/1"],
  ]);
  expect(await stored(db())).toEqual(
    [
      "2026-11-22 s 3 /1: 1",
      "2026-11-22 s 3 /2: 1",
      "2026-11-22 t 3 /1: 2",
      "2026-11-22 (overflow) 3 (overflow): 3",
      "2026-11-22 (overflow) 6 (overflow): 1",
    ].sort(),
  );
});

test("Ten thousand paths of one stream are within the limit, and the ones after them are not", async () => {
  const requests = Array.from({ length: 10_010 }, (_, i): Request => ["s", 3, `/${i}`]);
  await count({}, requests, requests);
  const [row] = await db().query<{ paths: bigint; overflow: bigint }>(
    `select (select count(*) from count.methods where path <> '(overflow)') as paths,
       (select sum(n)::bigint from (select unnest(method_ids) as id, unnest(counts) as n from count.pending) as p
        join count.methods as m on m.id = p.id where m.path = '(overflow)') as overflow`,
  );
  expect([Number(row!.paths), Number(row!.overflow)]).toEqual([10_000, 20]);
});
