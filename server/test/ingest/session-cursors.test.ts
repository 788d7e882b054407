import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import type { Ingest } from "../../src/ingest/ingest.ts";
import { databaseOfThisFile, Gate, hooked, sealed, stored, testIngest } from "./ingest-support.ts";

const db = databaseOfThisFile();
let clientId: string;
const ingests: Ingest[] = [];
beforeEach(() => {
  clientId = randomUUID();
});
afterEach(async () => {
  await Promise.all(ingests.splice(0).map((ingest) => ingest.close()));
});

function own(ingest: ReturnType<typeof testIngest>) {
  ingests.push(ingest);
  return ingest;
}

async function cursor(): Promise<bigint | undefined> {
  const [row] = await db().query<{ last_number: bigint }>(
    "select last_number from count.clients where client_id = $1::uuid",
    [clientId],
  );
  return row?.last_number;
}

test("What was taken in behind a batch whose flush failed is not stored without it", async () => {
  const committing = new Gate();
  const fail = new Gate();
  const ingest = own(
    testIngest(
      hooked(db().database, {
        before: async (statement, times) => {
          if (statement !== "commit-flush-1" || times > 1) return;
          committing.open();
          await fail.opened;
          throw new CountError("unavailable", "the database is away");
        },
      }),
    ),
  );
  const ends: string[] = [];
  const session = await ingest.openSession(clientId, ({ message }) => ends.push(message));
  ingest.record(session, sealed(ingest, 1, { "/a": 10 }));
  await committing.opened;
  ingest.record(session, sealed(ingest, 2, { "/a": 200 }));
  fail.open();
  await session.settled.catch(() => undefined);
  expect(ends).toEqual(["the database is away"]);
  expect(await stored(db())).toEqual([]);
  // The sender comes back and sends both again.
  const next = await ingest.openSession(clientId, () => undefined);
  expect(next.state.lastNumber).toBe(0);
  ingest.record(next, sealed(ingest, 1, { "/a": 10 }));
  ingest.record(next, sealed(ingest, 2, { "/a": 200 }));
  await next.settled;
  expect(await stored(db())).toEqual(["2026-11-22  3 /a: 210"]);
  expect(await cursor()).toBe(2n);
});

test("A server that learns that another is ahead never sets the cursor back", async () => {
  const committing = new Gate();
  const goOn = new Gate();
  const behind = own(
    testIngest(
      hooked(db().database, {
        before: async (statement, times) => {
          if (statement !== "commit-flush-1" || times > 1) return;
          committing.open();
          await goOn.opened;
        },
      }),
    ),
  );
  const ahead = own(testIngest(db().database));
  const slow = await behind.openSession(clientId, () => undefined);
  behind.record(slow, sealed(behind, 1, { "/a": 1 }));
  await committing.opened;
  behind.record(slow, sealed(behind, 2, { "/a": 20 }));
  const fast = await ahead.openSession(clientId, () => undefined);
  for (const [number, requests] of [
    [1, 1],
    [2, 20],
    [3, 300],
  ] as const) {
    ahead.record(fast, sealed(ahead, number, { "/a": requests }));
  }
  await fast.settled;
  goOn.open();
  await slow.settled;
  expect(await stored(db())).toEqual(["2026-11-22  3 /a: 321"]);
  expect(await cursor()).toBe(3n);
  expect(slow.state.lastNumber).toBe(3);
  // It goes on from there.
  behind.record(slow, sealed(behind, 4, { "/a": 4_000 }));
  await slow.settled;
  expect(await stored(db())).toEqual(["2026-11-22  3 /a: 4321"]);
});

test("Of a group, what another server has applied already is left out, and the rest is stored", async () => {
  const committing = new Gate();
  const goOn = new Gate();
  const one = own(
    testIngest(
      hooked(db().database, {
        before: async (statement, times) => {
          if (statement !== "commit-flush-1" || times > 1) return;
          committing.open();
          await goOn.opened;
        },
      }),
    ),
  );
  const other = own(testIngest(db().database));
  const neighbour = await one.openSession(randomUUID(), () => undefined);
  const session = await one.openSession(clientId, () => undefined);
  one.record(neighbour, sealed(one, 1, { "/neighbour": 7 }));
  one.record(session, sealed(one, 1, { "/a": 1 }));
  one.record(session, sealed(one, 2, { "/a": 20 }));
  one.add({ method: 3, path: "/added", service: "", seconds: 1_795_348_800 });
  await committing.opened;
  const elsewhere = await other.openSession(clientId, () => undefined);
  other.record(elsewhere, sealed(other, 1, { "/a": 1 }));
  await elsewhere.settled;
  goOn.open();
  await session.settled;
  expect(await stored(db())).toEqual([
    "2026-11-22  3 /a: 21",
    "2026-11-22  3 /added: 1",
    "2026-11-22  3 /neighbour: 7",
  ]);
  expect([session.state.lastNumber, neighbour.state.lastNumber]).toEqual([2, 1]);
  expect(one.observer.counts).toEqual(["add 1", "record 27"]);
  expect(one.observer.movedCursors).toBe(1);
});

test("What senders say they have dropped is told once, with the batches that say so", async () => {
  const ingest = own(testIngest(db().database));
  const session = await ingest.openSession(clientId, () => undefined);
  ingest.record(session, { ...sealed(ingest, 1, { "/a": 1 }), dropped: 5 });
  ingest.record(session, { ...sealed(ingest, 2, { "/a": 1 }), dropped: 7 });
  await session.settled;
  expect(ingest.observer.dropped).toBe(7);
  ingest.record(session, { ...sealed(ingest, 3, { "/a": 1 }), dropped: 7 });
  await session.settled;
  expect(ingest.observer.dropped).toBe(7);
});

test("Sums that no number holds exactly fail nobody's flush", async () => {
  const ingest = own(testIngest(db().database));
  const greedy = await ingest.openSession(clientId, () => undefined);
  const modest = await ingest.openSession(randomUUID(), () => undefined);
  ingest.record(greedy, sealed(ingest, 1, { "/a": Number.MAX_SAFE_INTEGER }));
  ingest.record(greedy, sealed(ingest, 2, { "/a": Number.MAX_SAFE_INTEGER }));
  ingest.record(modest, sealed(ingest, 1, { "/b": 1 }));
  await Promise.all([greedy.settled, modest.settled]);
  expect(await stored(db())).toEqual([
    `2026-11-22  3 /a: ${2n * BigInt(Number.MAX_SAFE_INTEGER)}`,
    "2026-11-22  3 /b: 1",
  ]);
});
