import { describe, expect, test } from "@jest/globals";
import { commitFlush } from "../../src/db/sql/commit-flush.ts";
import { NEW_CLIENT, Session } from "../../src/ingest/session.ts";
import { GET, NOW_MS, sealed, type TestIngestOptions, testIngest } from "./ingest-support.ts";

const MESSAGE = { service: "", method: GET, path: "/", seconds: NOW_MS / 1_000 };
const HOUR_MS = 3_600_000;

/** An ingest on a database that knows every method and stores everything, and how many flushes it has stored. */
function paced(options: TestIngestOptions) {
  let flushes = 0;
  const run = <Row>({ name }: { readonly name: string }): Promise<Row[]> => {
    if (name === commitFlush(1, false).name) flushes++;
    const rows = name === "find-methods" ? [{ id: 1n, service: "", method: GET, path: "/" }] : [];
    return Promise.resolve(rows as Row[]);
  };
  const ingest = testIngest({ run }, { awaitedPaceMs: 0, ...options });
  return { ingest, flushes: () => flushes };
}

/** Counts a request, and gives back when it is durable. */
function add(ingest: ReturnType<typeof paced>["ingest"]): Promise<void> {
  const { durable } = ingest;
  expect(ingest.add(MESSAGE)).toBeUndefined();
  return durable;
}

describe("The pace of flushes", () => {
  test("After a pause a flush starts at once", async () => {
    const { ingest, flushes } = paced({ addPaceMs: HOUR_MS });
    await add(ingest);
    expect(flushes()).toBe(1);
    await ingest.close();
  });

  test("What nobody waits for shares one flush, which starts as soon as somebody does", async () => {
    const { ingest, flushes } = paced({ addPaceMs: HOUR_MS });
    await add(ingest);
    const second = add(ingest);
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(setImmediate);
      expect(add(ingest)).toBe(second);
    }
    expect(flushes()).toBe(1);
    ingest.hurry();
    await second;
    expect(flushes()).toBe(2);
    await ingest.close();
  });

  test("With nobody waiting, a flush starts when its time has come", async () => {
    const { ingest, flushes } = paced({ addPaceMs: 1, paceMs: HOUR_MS, awaitedPaceMs: HOUR_MS });
    await add(ingest);
    await add(ingest);
    expect(flushes()).toBe(2);
    await ingest.close();
  });

  test("A batch of a Record sender takes what Add has brought along, at its own pace", async () => {
    const { ingest, flushes } = paced({ addPaceMs: HOUR_MS, paceMs: 0, awaitedPaceMs: HOUR_MS });
    await add(ingest);
    const second = add(ingest);
    const session = new Session("0b9f6f3e-7a53-4c1d-9f0a-3f1f0d3b8a11", NEW_CLIENT, () => undefined);
    ingest.record(session, sealed(ingest, 1, { "/": 10 }));
    await second;
    expect(flushes()).toBe(2);
    expect(session.state.lastNumber).toBe(1);
    await ingest.close();
  });

  test("A group that is full does not wait", async () => {
    const { ingest, flushes } = paced({ addPaceMs: HOUR_MS, maxWaiting: 2 });
    await add(ingest);
    const second = add(ingest);
    expect(ingest.full).toBe(false);
    ingest.add({ ...MESSAGE, seconds: MESSAGE.seconds - 3_600 });
    expect(ingest.full).toBe(true);
    await ingest.whenRoom();
    await second;
    expect(flushes()).toBe(2);
    await ingest.close();
  });

  test("Closing does not wait either", async () => {
    const { ingest, flushes } = paced({ addPaceMs: HOUR_MS });
    await add(ingest);
    const second = add(ingest);
    await ingest.close();
    await second;
    expect(flushes()).toBe(2);
  });
});
