import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { databaseOfThisFile, Gate, GET, hooked, NOW_BUCKET, stored } from "../ingest/ingest-support.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { RecordCall, serveCount } from "./count-calls.ts";
import { Wire } from "./grpc-server-support.ts";

const db = databaseOfThisFile();
let wire: Wire;
let clientId: string;
beforeEach(() => {
  wire = new Wire();
  clientId = randomUUID();
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
});

type Entry = readonly [path: string, count: number, bucket?: number, method?: number];

/** A batch of these entries. */
function batch(number: number, entries: readonly Entry[] = [], more: object = {}) {
  const value = {
    number: BigInt(number),
    strings: ["", ...entries.map(([path]) => path)],
    services: entries.map(() => 0),
    methods: entries.map(([, , , method]) => method ?? GET),
    paths: entries.map((_, i) => i + 1),
    buckets: entries.map(([, , bucket]) => BigInt(bucket ?? NOW_BUCKET)),
    counts: entries.map(([, count]) => BigInt(count)),
    ...more,
  };
  return { case: "batch", value } as const;
}

interface Cursor {
  readonly last_number: bigint;
  readonly refused: string;
  readonly dropped: bigint;
}

async function cursor(): Promise<Cursor | undefined> {
  const [row] = await db().query<Cursor>(
    "select last_number, refused::text as refused, dropped from count.clients where client_id = $1::uuid",
    [clientId],
  );
  return row;
}

describe("Record", () => {
  test("answers the hello of a new client with 0, each batch after its commit, and the end after all of them", async () => {
    const { client, ingest } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    expect(await record.hello(clientId)).toBe("0");
    record.send(batch(1, [["/a", 5]], { dropped: 3n }));
    expect(await record.next()).toBe("1");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 5"]);
    record.send(
      batch(2, [
        ["/a", 10],
        ["/b", 1, NOW_BUCKET - 96],
      ]),
    );
    record.send(batch(3, [["/a", 200]], { dropped: 4n }));
    record.call.end();
    expect(await record.acknowledged(3)).toBe("3");
    expect(await record.next()).toBe("end");
    expect(await record.ended).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-21  3 /b: 1", "2026-11-22  3 /a: 215"]);
    expect(await cursor()).toEqual({ last_number: 3n, refused: "{0,0,0,0,0,0,0,0}", dropped: 4n });
    expect(ingest.observer.counts.reduce((sum, told) => sum + Number(told.slice("record ".length)), 0)).toBe(216);
  });

  test("takes a hello and batches that come at once", async () => {
    const { client } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    record.send({ case: "hello", value: { clientId: Buffer.from(clientId.replaceAll("-", ""), "hex") } });
    record.send(batch(1, [["/a", 1]]));
    record.send(batch(2, [["/a", 1]]));
    record.call.end();
    expect(await record.next()).toBe("0");
    expect(await record.acknowledged(2)).toBe("2");
    expect(await record.ended).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 2"]);
  });

  test("acknowledges a batch that it has, and does not count it again; an empty one advances the cursor", async () => {
    const { client } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    await record.hello(clientId);
    record.send(batch(1, [["/a", 5]]));
    expect(await record.next()).toBe("1");
    record.send(batch(1, [["/a", 5]]));
    expect(await record.next()).toBe("1");
    record.send(batch(2));
    expect(await record.next()).toBe("2");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 5"]);
    const again = new RecordCall(client);
    expect(await again.hello(clientId)).toBe("2");
  });

  test("tells what it refused, by reason, with an example once and the sums for ever", async () => {
    const { client, ingest } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    await record.hello(clientId);
    record.send(
      batch(1, [
        ["", 2],
        ["/a", 1],
        ["/ahead", 4, NOW_BUCKET + 1],
        ["/m", 8, NOW_BUCKET, 55],
        ["", 16],
      ]),
    );
    const methods = "method 55 is unknown; accepted are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100";
    const ahead = "request_timestamp 2026-11-22T12:15:00Z is 900 s ahead; accepted are at most 300 s";
    expect(await record.next()).toBe(
      `1 refused 8 × 1 (${methods}), refused 18 × 2 (path is empty; it is required), refused 4 × 5 (${ahead})`,
    );
    record.send(batch(2, [["/x\0", 32]]));
    expect(await record.next()).toBe(
      '2 refused 8 × 1 (), refused 50 × 2 (path "/x\\u0000" has a NUL; accepted is text without), refused 4 × 5 ()',
    );
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 1"]);
    expect(await cursor()).toEqual({ last_number: 2n, refused: "{8,50,0,0,4,0,0,0}", dropped: 0n });
    expect(ingest.observer.refusals).toEqual(["record 2 18", "record 5 4", "record 1 8", "record 2 32"]);
    const { client: elsewhere } = await serveCount(wire, db().database);
    expect(await new RecordCall(elsewhere).hello(clientId)).toBe(
      "2 refused 8 × 1 (), refused 50 × 2 (), refused 4 × 5 ()",
    );
  });

  test("ends at a gap with the number that it expected", async () => {
    const { client } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    await record.hello(clientId);
    record.send(batch(1, [["/a", 5]]));
    await record.next();
    record.send(batch(3, [["/a", 7]]));
    expect(await record.ended).toBe("FAILED_PRECONDITION: batch number 3 leaves a gap: expected 2");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 5"]);
  });

  test("counts columns that do not fit as malformed, and the rest of the stream goes on", async () => {
    const { client } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    await record.hello(clientId);
    record.send(
      batch(
        1,
        [
          ["/a", 5],
          ["/b", 2],
        ],
        { paths: [1, 9] },
      ),
    );
    expect(await record.next()).toBe("1 refused 2 × 7 (entry 2 points at path 9; accepted are strings 0 to 2)");
    record.send(
      batch(
        2,
        [
          ["/a", 5],
          ["/b", 2],
        ],
        { methods: [GET] },
      ),
    );
    expect(await record.next()).toBe(
      "2 refused 9 × 7 (column methods has 1 entries and counts has 2; accepted are columns of one length)",
    );
    record.send(batch(3, [["/a", 0]]));
    expect(await record.next()).toBe("3 refused 10 × 7 (count 0 of entry 1; accepted are 1 to 1000000000000)");
    record.send(batch(4, [["/a", 1]], { counts: [2n ** 64n - 1n] }));
    expect(await record.next()).toBe(
      "4 refused 11 × 7 (count 18446744073709552000 of entry 1; accepted are 1 to 1000000000000)",
    );
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 5"]);
  });

  test("lets nobody else suffer from numbers that no column holds", async () => {
    const most = 2n ** 53n - 1n;
    const { client } = await serveCount(wire, db().database);
    const greedy = new RecordCall(client);
    await greedy.hello(clientId);
    const refused = Array.from({ length: 2_000 }, (): Entry => ["", Number(most)]);
    greedy.send(batch(1, [...refused, ["/a", 1e12], ["/a", 1e12], ["/a", 1e12 + 1]], { dropped: 2n ** 64n - 1n }));
    expect(await greedy.next()).toBe(
      `1 refused ${most} × 7 (count ${most} of entry 1; accepted are 1 to 1000000000000)`,
    );
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 2000000000000"]);
    expect(await cursor()).toEqual({ last_number: 1n, refused: `{0,0,0,0,0,0,${most},0}`, dropped: most });
  });

  test.each([
    ["a batch before the hello", [batch(1)], "batch came before the hello; the hello must be first"],
    ["nothing", [undefined], "message is empty; accepted are a hello, then batches"],
    [
      "a client id of 15 bytes",
      [{ case: "hello", value: { clientId: new Uint8Array(15) } } as const],
      "hello.client_id has 15 bytes; accepted is a UUID in its 16",
    ],
    [
      "a second hello",
      [0, 1].map(() => ({ case: "hello", value: { clientId: new Uint8Array(16) } }) as const),
      "hello was sent twice; accepted is one, first",
    ],
    [
      "batch 0",
      [{ case: "hello", value: { clientId: new Uint8Array(16) } } as const, batch(0)],
      "batch.number is 0; accepted are 1 to 2^53 - 1",
    ],
    [
      "batch 2^53",
      [{ case: "hello", value: { clientId: new Uint8Array(16) } } as const, batch(2 ** 53)],
      "batch.number is 9007199254740992; accepted are 1 to 2^53 - 1",
    ],
  ])("refuses %s", async (_, messages, why) => {
    const { client } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    for (const message of messages) record.send(message);
    expect(await record.ended).toBe(`INVALID_ARGUMENT: ${why}`);
    expect(await stored(db())).toEqual([]);
  });
});

describe("A client that comes back", () => {
  test("takes over from its earlier stream, once what that one brought is settled", async () => {
    const committing = new Gate();
    const goOn = new Gate();
    const held = hooked(db().database, {
      before: async (statement, times) => {
        if (statement !== "commit-flush-1" || times > 1) return;
        committing.open();
        await goOn.opened;
      },
    });
    const { client } = await serveCount(wire, held);
    const earlier = new RecordCall(client);
    await earlier.hello(clientId);
    earlier.send(batch(1, [["/a", 5]]));
    await committing.opened;
    const later = new RecordCall(client);
    const hello = later.hello(clientId);
    expect(await earlier.ended).toBe("UNAVAILABLE: another stream of this client took over");
    goOn.open();
    expect(await hello).toBe("1");
    later.send(batch(2, [["/a", 70]]));
    expect(await later.next()).toBe("2");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 75"]);
  });

  test("is known to another server, and a stale stream at the first neither doubles nor sets back", async () => {
    const [one, other] = [await serveCount(wire, db().database), await serveCount(wire, db().database)];
    const stale = new RecordCall(one.client);
    expect(await stale.hello(clientId)).toBe("0");
    const fresh = new RecordCall(other.client);
    expect(await fresh.hello(clientId)).toBe("0");
    for (const number of [1, 2, 3]) fresh.send(batch(number, [["/a", 10 ** number]]));
    await fresh.acknowledged(3);
    stale.send(batch(1, [["/a", 10]]));
    expect(await stale.next()).toBe("3");
    stale.send(batch(2, [["/a", 100]]));
    expect(await stale.next()).toBe("3");
    stale.send(batch(4, [["/a", 10_000]]));
    expect(await stale.next()).toBe("4");
    fresh.send(batch(4, [["/a", 10_000]]));
    expect(await fresh.acknowledged(4)).toBe("4");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 11110"]);
    expect((await cursor())?.last_number).toBe(4n);
  });

  test("alternates between two servers, and each request is counted once", async () => {
    const servers = [await serveCount(wire, db().database), await serveCount(wire, db().database)] as const;
    for (let number = 1; number <= 10; number++) {
      const record = new RecordCall(servers[number % 2 === 0 ? 0 : 1].client);
      expect(await record.hello(clientId)).toBe(String(number - 1));
      record.send(batch(number, [["/a", 1]]));
      await record.acknowledged(number);
      // As if the acknowledgement had been lost.
      if (number % 3 === 0) record.call.cancel();
    }
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 10"]);
  });

  test("after its row was pruned is told to start anew", async () => {
    const { client, ingest } = await serveCount(wire, db().database);
    const record = new RecordCall(client);
    await record.hello(clientId);
    record.send(batch(1, [["/a", 1]]));
    await record.next();
    const kept = randomUUID();
    await db().query("insert into count.clients values ($1, 7, '{}', 0, now() - interval '34 days 23 hours')", [kept]);
    await db().query("update count.clients set seen_at = now() - interval '35 days 1 minute' where client_id = $1", [
      clientId,
    ]);
    await ingest.pruneClients();
    expect(await cursor()).toBeUndefined();
    expect(await db().query("select last_number from count.clients where client_id = $1", [kept])).toHaveLength(1);
    record.send(batch(2, [["/a", 1]]));
    expect(await record.ended).toBe("FAILED_PRECONDITION: batch number 2 leaves a gap: expected 1");
    expect(await new RecordCall(client).hello(clientId)).toBe("0");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 1"]);
  });
});

test("A batch whose commit's answer is lost is acknowledged and stored once, with its neighbours", async () => {
  await using proxy = await CuttingProxy.before(db().url);
  const database = await connectDatabase({ url: proxy.url });
  wire.defer(() => database.close());
  const { client } = await serveCount(wire, database);
  const records = await Promise.all(
    [1, 2, 3].map(async () => {
      const record = new RecordCall(client);
      await record.hello(randomUUID());
      return record;
    }),
  );
  for (let number = 1; number <= 4; number++) {
    proxy.cutAnswersOf("commit-flush-1", 2);
    for (const record of records) record.send(batch(number, [["/a", 1]]));
    expect(await Promise.all(records.map((record) => record.acknowledged(number)))).toEqual(
      records.map(() => String(number)),
    );
    expect(proxy.toCut).toBe(0);
    expect(await stored(db())).toEqual([`2026-11-22  3 /a: ${3 * number}`]);
  }
  await wire[Symbol.asyncDispose]();
});

test("A flush that fails ends its streams with its error, and the clients send again", async () => {
  const failing = hooked(db().database, {
    before: (statement, times) => {
      if (statement === "commit-flush-1" && times === 1) throw new Error("broken");
    },
  });
  const { client } = await serveCount(wire, failing);
  const record = new RecordCall(client);
  await record.hello(clientId);
  record.send(batch(1, [["/a", 1]]));
  expect(await record.ended).toBe("INTERNAL: broken");
  const again = new RecordCall(client);
  expect(await again.hello(clientId)).toBe("0");
  again.send(batch(1, [["/a", 1]]));
  expect(await again.next()).toBe("1");
  expect(await stored(db())).toEqual(["2026-11-22  3 /a: 1"]);
});

test("A server that drains answers for what it has and ends the streams in good order", async () => {
  const committing = new Gate();
  const goOn = new Gate();
  const held = hooked(db().database, {
    before: async (statement, times) => {
      if (statement !== "commit-flush-1" || times > 1) return;
      committing.open();
      await goOn.opened;
    },
  });
  const { client, server } = await serveCount(wire, held);
  const silent = new RecordCall(client);
  await silent.hello(randomUUID());
  const record = new RecordCall(client);
  await record.hello(clientId);
  record.send(batch(1, [["/a", 5]]));
  await committing.opened;
  const drained = server.drain(10_000);
  expect(await silent.ended).toBe("OK");
  goOn.open();
  expect(await record.next()).toBe("1");
  expect(await record.ended).toBe("OK");
  expect(await drained).toBe(true);
  expect(await stored(db())).toEqual(["2026-11-22  3 /a: 5"]);
});
