import { Drops, encodeCounts, Ledger } from "@count/client/parts";
import { describe, expect, test } from "@jest/globals";
import { MemoryQueue } from "../../../src/agent/queue/memory-queue.ts";

function queue(maxBytes = 65_536) {
  let now = 0;
  const drops = new Drops();
  const ledger = new Ledger();
  const memory = new MemoryQueue({ maxBytes, drops, ledger, monotonicNow: () => now });
  const append = (count: number): void =>
    memory.append(encodeCounts([{ service: "s", method: 3, path: "/a", bucket: 1, count }]));
  return {
    memory,
    drops,
    ledger,
    append,
    later: (ms: number) => {
      now += ms;
    },
  };
}

describe("the agent's queue in memory", () => {
  test("keeps numbers and batches until they are answered for", () => {
    const { memory, append, ledger } = queue();
    for (const count of [1, 2, 3]) append(count);
    expect([memory.batch(1)?.requests, memory.batch(3)?.requests, memory.batch(4)]).toEqual([1, 3, undefined]);
    expect(memory.greet(1)).toEqual({ next: "stream" });
    memory.acknowledge(2);
    expect([memory.acknowledgedNumber, memory.requests, ledger.acknowledged]).toEqual([2, 3, 3]);
    memory.acknowledge(3);
    expect([memory.bytes, memory.hasWork]).toEqual([0, false]);
  });

  test.each([
    [0, "it had acknowledged batch 1, and now knows 0"],
    [9, "it knows batch 9, and only 2 were sealed"],
  ])("takes a new client id for a server that knows batch %i", (lastNumber, because) => {
    const { memory, append } = queue();
    append(1);
    append(2);
    memory.greet(1);
    const before = memory.clientId;
    expect(memory.greet(lastNumber)).toEqual({ next: "hello", because });
    expect(Buffer.from(memory.clientId).equals(before)).toBe(false);
    expect([memory.acknowledgedNumber, memory.batch(1)?.requests]).toEqual([0, 2]);
  });

  test("gives up after a day what no server took, and says how much", () => {
    const { memory, append, drops, later } = queue();
    append(5);
    later(24 * 3_600_000 + 1);
    append(7);
    memory.greet(0);
    expect([drops.byReason().expired, memory.batch(1)?.requests, memory.batch(2)?.requests]).toEqual([5, 0, 7]);
  });

  test("is full when its bytes are", () => {
    const { memory, append } = queue();
    while (memory.hasRoom) append(1);
    expect(memory.bytes).toBeGreaterThanOrEqual(65_536);
    expect(memory.bytes).toBeLessThan(65_536 + 1_000);
  });
});
