import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { clear, databaseOfThisFile, GET, NOW_BUCKET, NOW_MS, storedRequests } from "../ingest/ingest-support.ts";
import { RecordCall, serveCount } from "../rpc/count-calls.ts";
import { Wire } from "../rpc/grpc-server-support.ts";
import { date, query } from "../totals/query/query-calls.ts";
import { faults, faulty } from "./faults.ts";

const db = databaseOfThisFile();

interface Sender {
  readonly clientId: string;
  /** What it drops before each of its batches; a batch has one request. */
  readonly drops: readonly number[];
}

/** Delivers everything as a sender does: it goes on from the last number that the server names, until all is acknowledged. */
async function deliver({ clientId, drops }: Sender, clients: readonly Parameters<typeof newCall>[0][]): Promise<void> {
  for (let tries = 0; ; tries++) {
    const record = newCall(clients[tries % clients.length]!);
    const last = Number.parseInt(await record.hello(clientId), 10);
    for (let number = last + 1; number <= drops.length; number++) record.send(batch(number, drops));
    if (last >= drops.length || (await record.acknowledged(drops.length)) === String(drops.length)) {
      record.call.end();
      await record.ended;
      return;
    }
  }
}

const newCall = (client: ConstructorParameters<typeof RecordCall>[0]) => new RecordCall(client);

function batch(number: number, drops: readonly number[]) {
  const dropped = BigInt(drops.slice(0, number).reduce((sum, n) => sum + n, 0));
  const value = {
    number: BigInt(number),
    strings: ["", "/a"],
    services: [0],
    methods: [GET],
    paths: [1],
    buckets: [BigInt(NOW_BUCKET)],
    counts: [1n],
    dropped,
  };
  return { case: "batch", value } as const;
}

const drops = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000 })), { minLength: 1, maxLength: 8 });

test("What clients say they lost is stored exactly once, whatever breaks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(drops, { minLength: 1, maxLength: 3 }), faults, async (all, faults) => {
      await clear(db());
      const running = new Set<Promise<unknown>>();
      await using wire = new Wire();
      const servers = await Promise.all(
        faults.map((each) => serveCount(wire, faulty(db().database, each, running), { paceMs: 1, awaitedPaceMs: 1 })),
      );
      const clients = servers.map(({ client }) => client);
      const senders = all.map((each): Sender => ({ clientId: randomUUID(), drops: each }));
      await Promise.all(senders.map((sender) => deliver(sender, clients)));
      await Promise.all(running);

      const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
      expect(await storedRequests(db())).toBe(sum(all.map(({ length }) => length)));
      const lost = await db().query<{ day: string; bucket: number; requests: bigint }>(
        "select day, bucket, sum(requests)::bigint as requests from count.lost_requests group by day, bucket",
      );
      const expected = BigInt(sum(all.flat()));
      expect(lost).toEqual(expected === 0n ? [] : [{ day: "2026-11-22", bucket: 48, requests: expected }]);

      const now = () => NOW_MS;
      const known = async (day: string) =>
        (await query(db().database, { startDate: date(day), endDate: date(day), services: ["none"] }, { now }))
          .knownLost;
      expect([await known("2026-11-21"), await known("2026-11-22"), await known("2026-11-23")]).toEqual([
        0n,
        expected,
        0n,
      ]);
    }),
    { numRuns: 30 },
  );
});

test("What is more than a number holds does not keep anybody from an answer", async () => {
  for (let n = 0; n < 3; n++) {
    await db().query(
      "insert into count.lost_requests values ('2026-11-22', 5, gen_random_uuid(), 9223372036854775807)",
    );
  }
  const { knownLost } = await query(db().database, { startDate: date("2026-11"), endDate: date("2026-11") });
  expect(knownLost).toBe(2n ** 63n - 1n);
});
