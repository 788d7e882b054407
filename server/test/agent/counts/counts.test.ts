import { fromBinary } from "@bufbuild/protobuf";
import { Drops, Ledger } from "@count/client/parts";
import { RecordBatchSchema } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { Counts } from "../../../src/agent/counts/counts.ts";
import { MemoryQueue } from "../../../src/agent/queue/memory-queue.ts";

const QUARTER_MS = 900_000;

/** Counts beside a queue that has room or not. */
function setUp() {
  const drops = new Drops();
  const queue = new MemoryQueue({
    maxBytes: 1_000_000_000,
    drops,
    ledger: new Ledger(),
    monotonicNow: () => performance.now(),
  });
  let hasRoom = false;
  Object.defineProperty(queue, "hasRoom", { get: () => hasRoom });
  const counts = new Counts({
    queue,
    drops,
    service: "shop",
    // Only `flush` puts anything into the queue here.
    sealAfterMs: 3_600_000,
    onCommitted: none,
    onWriteError: none,
    onBroken: none,
  });
  return {
    counts,
    queue,
    drops,
    makeRoom: () => {
      hasRoom = true;
    },
  };
}

function none(): void {
  // Nobody listens.
}

describe("what the agent counts by itself", () => {
  test("merges in memory while the queue is full, and goes into it when there is room", async () => {
    const { counts, queue, drops, makeRoom } = setUp();
    for (let at = 0; at < 10_000; at++) counts.record("GET", `/p${at % 3}`);
    await counts.flush();
    expect([queue.batches, counts.waiting, drops.total]).toEqual([0, 10_000, 0]);
    makeRoom();
    await counts.close();
    expect([queue.batches, queue.requests, counts.waiting]).toEqual([1, 10_000, 0]);
  });

  test("beyond 2,000 paths of a quarter of an hour counts under (overflow), and loses nothing", async () => {
    const { counts, queue, makeRoom } = setUp();
    for (let at = 0; at < 5_000; at++) counts.record("GET", `/p${at}`);
    makeRoom();
    await counts.close();
    expect(queue.requests).toBe(5_000);
    expect(pathsIn(queue).size).toBe(2_001);
    expect(pathsIn(queue).has("(overflow)")).toBe(true);
  });

  test("beyond 200,000 different ones is dropped as queue_full, and the rest is kept", async () => {
    const { counts, queue, drops, makeRoom } = setUp();
    const now = Date.now();
    for (let quarter = 1; quarter <= 102; quarter++) {
      for (let at = 0; at < 2_000; at++) counts.record("GET", `/p${at}`, now - quarter * QUARTER_MS);
    }
    expect(drops.byReason().queue_full).toBe(4_000);
    expect(counts.waiting).toBe(200_000);
    // Those that wait already are counted all the same.
    counts.record("GET", "/p0", now - QUARTER_MS);
    expect([counts.waiting, drops.total]).toEqual([200_001, 4_000]);
    makeRoom();
    await counts.close();
    expect([queue.requests, counts.waiting]).toEqual([200_001, 0]);
  });
});

/** The paths of the batches of a queue: everything in their dictionaries but the service. */
function pathsIn(queue: MemoryQueue): Set<string> {
  const paths = new Set<string>();
  for (let number = 1; number <= queue.batches; number++) {
    const { body } = queue.batch(number)!;
    for (const one of fromBinary(RecordBatchSchema, body).strings) paths.add(one);
  }
  paths.delete("shop");
  return paths;
}
