import { Drops, type SealedBatch } from "@count/client/parts";
import { describe, expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { Intake } from "../../../src/agent/intake/intake.ts";
import { intakeMetrics } from "../../../src/agent/intake/intake-metrics.ts";
import type { AgentQueue } from "../../../src/agent/queue/agent-queue.ts";
import { Origins } from "../../../src/agent/queue/origins.ts";
import type { CountError } from "../../../src/domain/count-error.ts";
import { DEFAULT_LIMITS } from "../../../src/domain/limits.ts";
import type { Batch } from "../../../src/ingest/group.ts";
import { Key } from "../../../src/ingest/key-table.ts";

const ID = "00010203-0405-0607-0809-0a0b0c0d0e0f";

/** A queue whose disk can fail. */
class FailingQueue {
  readonly appended: SealedBatch[] = [];
  readonly maxBytes = 1;
  readonly bytes = 0;
  readonly requests = 0;
  readonly recovered = { batches: 0, requests: 0, cutBytes: 0 };
  hasRoom = true;
  appendFails = false;
  commitFails = false;

  get batches(): number {
    return this.appended.length;
  }

  append(batch: SealedBatch): void {
    if (this.appendFails) throw new Error("ENOSPC: no space left on device, write");
    this.appended.push(batch);
  }

  commit(): Promise<void> {
    return this.commitFails ? Promise.reject(new Error("EIO: i/o error, fdatasync")) : Promise.resolve();
  }

  source(): never {
    throw new Error("nothing is delivered here");
  }

  close(): void {
    // Nothing is open.
  }
}

function setUp() {
  const queue = new FailingQueue();
  const origins = new Origins(undefined);
  const broken: string[] = [];
  const intake = new Intake({
    queue: queue satisfies AgentQueue,
    origins,
    limits: DEFAULT_LIMITS,
    drops: new Drops(),
    observer: intakeMetrics(new Registry()),
    onCommitted: none,
    onBroken: ({ message }) => broken.push(message),
  });
  return { queue, origins, broken, intake };
}

function none(): void {
  // Nobody counts here.
}

const MESSAGE = { method: 3, path: "/a", service: "", seconds: Math.floor(Date.now() / 1_000) };

function batch(number: number, entries = 1): Batch {
  return {
    number,
    keys: Array.from({ length: entries }, (_, at) => new Key("s", 3, `/p${at}`)),
    buckets: Array.from({ length: entries }, () => 1),
    counts: Array.from({ length: entries }, () => 2),
    refused: [0, 0, 0, 0, 0, 0, 0],
    dropped: 0,
  };
}

describe("the agent's intake", () => {
  test("puts what one turn of the event loop brings into one batch, and the batches of a sender in by themselves", async () => {
    const { intake, queue, origins } = setUp();
    const session = await intake.openSession(ID, none);
    for (let i = 0; i < 5; i++) intake.forAdd.add(MESSAGE);
    intake.record(session, batch(1, 2));
    intake.record(session, batch(2));
    await Promise.all([intake.forAdd.durable, session.settled]);
    expect(queue.appended.map(({ requests }) => requests)).toEqual([5, 4, 2]);
    expect(origins.get(ID)?.lastNumber).toBe(2);
  });

  test("keeps a batch whole that has more counts than its own client would put into one", async () => {
    const { intake, queue } = setUp();
    const session = await intake.openSession(ID, none);
    intake.record(session, batch(1, 2_500));
    await session.settled;
    expect(queue.appended.map(({ requests }) => requests)).toEqual([5_000]);
  });

  test("tells of a queue that cannot be written, answers for nothing, and goes on when it can", async () => {
    const { intake, queue, origins } = setUp();
    const ends: CountError[] = [];
    const session = await intake.openSession(ID, (reason) => ends.push(reason));
    queue.appendFails = true;
    intake.forAdd.add(MESSAGE);
    const { durable } = intake.forAdd;
    intake.record(session, batch(1));
    const message = "the agent's queue cannot be written: ENOSPC: no space left on device, write";
    await expect(durable).rejects.toMatchObject({ code: "unavailable", message });
    await session.settled;
    expect(ends.map((end) => end.message)).toEqual([message]);
    expect(origins.get(ID)).toBeUndefined();
    queue.appendFails = false;
    intake.endSession(session);
    const again = await intake.openSession(ID, none);
    expect(again.state.lastNumber).toBe(0);
    intake.record(again, batch(1));
    await again.settled;
    expect(origins.get(ID)?.lastNumber).toBe(1);
  });

  test("gives up on a queue that cannot be synced: what is in it is known after a new start only", async () => {
    const { intake, queue, origins, broken } = setUp();
    const ends: string[] = [];
    const session = await intake.openSession(ID, ({ message }) => ends.push(message));
    queue.commitFails = true;
    intake.record(session, batch(1));
    await expect(session.settled).rejects.toMatchObject({ code: "unavailable" });
    const message = "the agent's queue cannot be written: EIO: i/o error, fdatasync";
    expect([ends, broken, origins.get(ID)]).toEqual([[message], [message], undefined]);
  });

  test("refuses Add and keeps Record waiting while there is no room", async () => {
    const { intake, queue, origins } = setUp();
    const session = await intake.openSession(ID, none);
    queue.hasRoom = false;
    intake.forAdd.add(MESSAGE);
    const { durable } = intake.forAdd;
    intake.record(session, batch(1));
    await expect(durable).rejects.toMatchObject({ code: "exhausted" });
    expect([intake.full, queue.appended.length]).toEqual([true, 0]);
    const room = intake.whenRoom();
    queue.hasRoom = true;
    intake.roomMade();
    await Promise.all([room, session.settled]);
    expect([queue.appended.length, origins.get(ID)?.lastNumber]).toEqual([1, 1]);
  });

  test("refuses a sender that it does not know when it can know no more", async () => {
    const { intake, origins } = setUp();
    origins.set(ID, { lastNumber: 3, refused: [], dropped: 0 });
    Object.defineProperty(origins, "hasRoom", { value: false });
    await expect(intake.openSession(ID.replace("0", "1"), none)).rejects.toMatchObject({
      code: "exhausted",
      message: "this agent knows 1 senders, and can know no more",
    });
    expect((await intake.openSession(ID, none)).state.lastNumber).toBe(3);
  });

  test("gives what is still waiting up when it closes, and tells its senders", async () => {
    const { intake, queue } = setUp();
    const ends: string[] = [];
    const session = await intake.openSession(ID, ({ message }) => ends.push(message));
    queue.hasRoom = false;
    intake.record(session, batch(1));
    await intake.close();
    await expect(session.settled).rejects.toMatchObject({ code: "unavailable" });
    expect(ends).toEqual(["the agent is stopping; send it again"]);
    await expect(intake.openSession(ID.replace("0", "1"), none)).rejects.toMatchObject({ code: "unavailable" });
  });
});
