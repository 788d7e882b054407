import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ServeChild } from "../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";

const SAMPLE = fileURLToPath(new URL("../../../examples/access.log", import.meta.url));
const DAY_MS = 86_400_000;
/** Of now: an hour is nothing against the days in these tests. */
const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);

let db: TestDatabaseUrl;
let server: ServeChild;
let address: string;
let metrics: string;
beforeAll(async () => {
  db = await testDatabaseUrl();
  const kept = ["--bucket-retention-days", "3", "--totals-retention-days", "40"];
  server = new ServeChild(["--drain-delay-ms", "0", ...kept], { DB_URL: db.url });
  const { grpc, http } = await server.ready();
  address = `${grpc.host}:${grpc.port}`;
  metrics = `${http}/metrics`;
}, 120_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await db.close();
});

test("count rollup has a server remove what its settings do not keep, and nothing else; such days are refused from then on", async () => {
  for (const ago of [400, 50, 5, 1]) {
    await db.query("insert into count.daily_method_totals (day, method_id, total, booked) values ($1, 1, 7, 7)", [
      day(ago),
    ]);
    await db.query("insert into count.bucket_counts values ($1, 1, gen_random_uuid(), '{5}', '{7}')", [day(ago)]);
  }
  const rolledUp = await runCount(["rollup", "--server", address]);
  expect(rolledUp).toEqual({
    code: 0,
    stdout:
      "Nothing pending on closed days. Today is open until 00:00 UTC; --date today adds it already.\n" +
      `Removed what is older than it is kept: 3 rows of 15-minute counts before ${day(3)}, 2 daily totals before ${day(40)}.\n`,
    stderr: "",
  });
  expect(await db.query("select day::text from count.daily_method_totals order by day")).toEqual(
    [5, 1].map((ago) => ({ day: day(ago) })),
  );
  expect(await db.query("select day::text from count.bucket_counts")).toEqual([{ day: day(1) }]);
  expect(await (await fetch(metrics)).text()).toMatch(
    /^count_retention_removed_rows_total\{of="buckets"\} 3\ncount_retention_removed_rows_total\{of="totals"\} 2$/m,
  );
  const again = await runCount(["rollup", "--server", address, "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({
    removed: { buckets_from: day(3), bucket_rows: 0, totals_from: day(40), total_rows: 0 },
  });
  // The sample's days are months ago.
  const { code, stdout } = await runCount(["import", "--no-progress", "--json", "--server", address, SAMPLE]);
  expect([code, JSON.parse(stdout)]).toEqual([
    expect.any(Number),
    expect.objectContaining({ counted: 0, refused: 62 }),
  ]);
}, 60_000);
