import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Drops, encodeCounts, Ledger } from "@count/client/parts";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { AgentQueue } from "../../../src/agent/queue/agent-queue.ts";
import { openDiskQueue } from "../../../src/agent/queue/disk-agent-queue.ts";
import { noteOf, Origins } from "../../../src/agent/queue/origins.ts";

const ID = "00010203-0405-0607-0809-0a0b0c0d0e0f";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-queue-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function none(): void {
  // Nobody reads it.
}

function open(): { queue: AgentQueue; origins: Origins } {
  const origins = new Origins(join(folder, "origins.json"));
  const logger = { debug: none, info: none, warn: none, error: none, fatal: none };
  const shared = { drops: new Drops(), ledger: new Ledger(), logger, origins };
  return { queue: openDiskQueue({ directory: folder, maxBytes: 1_000_000, ...shared }), origins };
}

/** Appends a batch of a local sender. */
function append(queue: AgentQueue, number: number): void {
  const batch = encodeCounts([{ service: "s", method: 3, path: "/a", bucket: 1, count: number }]);
  queue.append(batch, noteOf(ID, { lastNumber: number, dropped: 0, refused: [0, 0, 0, 0, 0, 0, 0] }));
}

describe("the agent's queue on disk", () => {
  test("delivers nothing before it is committed", async () => {
    const { queue } = open();
    append(queue, 1);
    expect(queue.source().batch(1)).toBeUndefined();
    await queue.commit();
    expect(queue.source().batch(1)?.requests).toBe(1);
    queue.close();
  });

  test("a record that was torn takes its batch and its cursor with it, and no other", async () => {
    const first = open();
    for (const number of [1, 2, 3]) append(first.queue, number);
    await first.queue.commit();
    first.queue.close();
    const [life] = (await readdir(folder)).filter((name) => name.startsWith("life-"));
    const [segment] = (await readdir(join(folder, life!))).filter((name) => name.endsWith(".segment"));
    const file = join(folder, life!, segment!);
    await truncate(file, (await stat(file)).size - 3);
    const second = open();
    expect(second.queue.recovered).toMatchObject({ batches: 2, requests: 3 });
    expect(second.origins.get(ID)?.lastNumber).toBe(2);
    second.queue.close();
  });

  test("a cursor outlives the records that moved it", async () => {
    const first = open();
    append(first.queue, 1);
    await first.queue.commit();
    first.origins.set(ID, { lastNumber: 1, dropped: 0, refused: [] });
    first.queue.source().acknowledge(1);
    first.queue.close();
    // Nothing is left to deliver, and so no record.
    expect((await readdir(folder)).filter((name) => name.startsWith("life-"))).toEqual([]);
    const second = open();
    expect([second.origins.get(ID)?.lastNumber, second.queue.recovered.batches]).toEqual([1, 0]);
    second.queue.close();
  });
});
