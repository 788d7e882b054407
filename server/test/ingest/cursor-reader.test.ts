import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import type { Ingest } from "../../src/ingest/ingest.ts";
import { databaseOfThisFile, Gate, hooked, sealed, stored, testIngest } from "./ingest-support.ts";

/** More than may wait for a connection at once. */
const SENDERS = 3_000;

const db = databaseOfThisFile();
const ingests: Ingest[] = [];
afterEach(async () => {
  await Promise.all(ingests.splice(0).map((ingest) => ingest.close()));
});

function ingestOn(...args: Parameters<typeof testIngest>): Ingest {
  const ingest = testIngest(...args);
  ingests.push(ingest);
  return ingest;
}

test("Thousands of senders that say hello at once share a few statements, and keep nobody from being stored", async () => {
  let statements = 0;
  const ingest = ingestOn(
    hooked(db().database, {
      before: (statement) => {
        if (statement.endsWith("-clients")) statements++;
      },
    }),
  );
  const first = await ingest.openSession(randomUUID(), () => undefined);
  const opened = Promise.all(Array.from({ length: SENDERS }, () => ingest.openSession(randomUUID(), () => undefined)));
  ingest.record(first, sealed(ingest, 1, { "/a": 10 }));
  await first.settled;
  expect(await stored(db())).toEqual(["2026-11-22  3 /a: 10"]);
  expect((await opened).map(({ acceptedNumber }) => acceptedNumber)).toEqual(Array.from({ length: SENDERS }, () => 0));
  // Two for each of: the first sender, the first of the crowd, and three thousands of the rest.
  expect(statements).toBe(10);
  const [row] = await db().query<{ senders: bigint }>("select count(*) as senders from count.clients");
  expect(row?.senders).toBe(BigInt(SENDERS + 1));
});

test("A sender that says hello while others are being read learns what was stored by then", async () => {
  const reading = new Gate();
  const goOn = new Gate();
  const ingest = ingestOn(
    hooked(db().database, {
      after: async (statement, times) => {
        if (statement !== "select-clients" || times !== 2) return;
        reading.open();
        await goOn.opened;
      },
    }),
  );
  const clientId = randomUUID();
  const session = await ingest.openSession(clientId, () => undefined);
  const other = ingest.openSession(randomUUID(), () => undefined);
  await reading.opened;
  ingest.record(session, sealed(ingest, 1, { "/a": 10 }));
  const again = ingest.openSession(clientId, () => undefined);
  goOn.open();
  expect((await other).state.lastNumber).toBe(0);
  expect((await again).state.lastNumber).toBe(1);
});

test("When the cursors cannot be read, each sender is told, and those that come later are read", async () => {
  const ingest = ingestOn(
    hooked(db().database, {
      before: (statement, times) => {
        if (statement === "select-clients" && times === 1) throw new CountError("unavailable", "the database is away");
      },
    }),
  );
  const clientId = randomUUID();
  const failed = ingest.openSession(clientId, () => undefined);
  const next = ingest.openSession(randomUUID(), () => undefined);
  await expect(failed).rejects.toThrow("the database is away");
  expect((await next).acceptedNumber).toBe(0);
  expect((await ingest.openSession(clientId, () => undefined)).acceptedNumber).toBe(0);
});
