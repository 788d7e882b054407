import { describe, expect, test } from "@jest/globals";
import { type CallLimits, type LimitName, NO_CALL_LIMITS } from "../../src/domain/call-limits.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { clientAddress } from "../../src/rpc/client-address.ts";
import { ClientLimits } from "../../src/rpc/client-limits.ts";

function limited(limits: Partial<CallLimits>) {
  const told: LimitName[] = [];
  const clock = { ms: 0 };
  const all = new ClientLimits(
    { ...NO_CALL_LIMITS, ...limits },
    (limit) => told.push(limit),
    () => clock.ms,
  );
  return { all, told, clock };
}

const shop = () => "shop";
const cart = () => "cart";
const exhausted = (message: string) => new CountError("exhausted", message);

describe("limits on calls", () => {
  test("let in so many at a time, and one more when one has left", () => {
    const { all, told } = limited({ maxCalls: 2 });
    const first = all.enter(shop);
    all.enter(cart);
    expect(() => all.enter(shop)).toThrow(exhausted("this server takes at most 2 calls at a time; try again later"));
    first.leave();
    first.leave();
    all.enter(shop);
    expect(() => all.enter(shop)).toThrow("this server takes at most 2 calls at a time; try again later");
    expect(told).toEqual(["calls", "calls"]);
  });

  test("keep one client from the others' room", () => {
    const { all, told } = limited({ maxCalls: 3, maxCallsPerClient: 1 });
    all.enter(shop);
    expect(() => all.enter(shop)).toThrow(exhausted('"shop" may have at most 1 calls at a time; try again later'));
    all.enter(cart);
    expect(told).toEqual(["calls_per_client"]);
  });

  test("do not ask who the client is when there is none for each", () => {
    const { all } = limited({ maxCalls: 3, maxBatchesPerSecond: 1 });
    all.enter(() => {
      throw new Error("asked");
    });
    expect(all.clients).toBe(0);
  });
});

describe("limits on rates", () => {
  test("hold a sender up, and refuse what would wait for more than ten seconds", () => {
    const { all, told, clock } = limited({ maxBatchesPerSecondPerClient: 2 });
    const { batches, messages } = all.enter(shop);
    expect(messages).toBeUndefined();
    const waits = Array.from({ length: 23 }, () => batches!());
    expect(waits.slice(0, 5)).toEqual([0, 0, 500, 1_000, 1_500]);
    expect(waits[21]).toBe(10_000);
    expect(waits[22]).toEqual(exhausted('"shop" may send at most 2 batches a second; try again later'));
    expect(all.enter(shop).batches!()).toBeInstanceOf(CountError);
    expect(all.enter(cart).batches!()).toBe(0);
    clock.ms = 2_000;
    expect(batches!()).toBe(8_500);
    expect(new Set(told)).toEqual(new Set(["batches_per_second_per_client"]));
    expect(told).toHaveLength(20 + 2 + 1);
  });

  test("are in force for all together, beside those of each", () => {
    const { all, told } = limited({ maxMessagesPerSecond: 2, maxMessagesPerSecondPerClient: 1 });
    const one = all.enter(shop).messages!;
    const other = all.enter(cart).messages!;
    expect([one(), other(), one(), other()]).toEqual([0, 0, 1_000, 1_000]);
    expect(told).toEqual(["messages_per_second_per_client", "messages_per_second_per_client"]);
    const third = all.enter(() => "third").messages!;
    expect(third()).toBe(1_500);
    expect(told.at(-1)).toBe("messages_per_second");
  });

  test("remember no client for longer than its rate does", () => {
    const { all, clock } = limited({ maxBatchesPerSecondPerClient: 1 });
    for (let i = 0; i < 1_000; i++) all.enter(() => `${i}`).leave();
    const busy = all.enter(() => "busy");
    expect(all.clients).toBe(1);
    busy.batches!();
    busy.leave();
    for (let i = 0; i < 5_000; i++) all.enter(() => `again ${i}`).leave();
    expect(all.clients).toBeLessThan(1_002);
    clock.ms = 5_000;
    for (let i = 0; i < 1_000; i++) all.enter(() => `later ${i}`).leave();
    expect(all.enter(() => "busy").batches!()).toBe(0);
  });
});

describe("the address of a client", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [undefined, "this machine"],
  ])("%s is the client %s", (address, client) => {
    expect(clientAddress(address)).toBe(client);
  });
});
