import { describe, expect, test } from "@jest/globals";
import { ConnectionSlots } from "../../src/db/connection-slots.ts";

describe("ConnectionSlots", () => {
  test("those who wait get their turn in the order in which they came", async () => {
    const slots = new ConnectionSlots(2, 10);
    const order: number[] = [];
    await slots.take();
    await slots.take();
    const third = slots.take().then(() => order.push(3));
    const fourth = slots.take().then(() => order.push(4));
    expect({ taken: slots.taken, waiting: slots.waiting }).toEqual({ taken: 2, waiting: 2 });
    slots.give();
    await third;
    slots.give();
    await fourth;
    expect(order).toEqual([3, 4]);
    slots.give();
    slots.give();
    expect({ taken: slots.taken, waiting: slots.waiting }).toEqual({ taken: 0, waiting: 0 });
  });

  test("no more may wait than the limit", async () => {
    const slots = new ConnectionSlots(1, 1);
    await slots.take();
    const waiting = slots.take();
    await expect(slots.take()).rejects.toMatchObject({
      code: "exhausted",
      message: "1 statements wait for one of 1 database connections; no more may",
    });
    slots.give();
    await waiting;
  });

  test("one that stops waiting leaves its place to the next", async () => {
    const slots = new ConnectionSlots(1, 10);
    await slots.take();
    const impatient = new AbortController();
    const first = slots.take(impatient.signal);
    const second = slots.take();
    impatient.abort();
    await expect(first).rejects.toMatchObject({
      code: "cancelled",
      message: "the caller stopped waiting for the database",
    });
    slots.give();
    await second;
    expect({ taken: slots.taken, waiting: slots.waiting }).toEqual({ taken: 1, waiting: 0 });
  });
});
