import { describe, expect, test } from "@jest/globals";
import { ReleaseStack } from "../../src/serve/release-stack.ts";

describe("a release stack", () => {
  test("releases in reverse, goes on past failures and reports the first", async () => {
    const told: string[] = [];
    const stack = new ReleaseStack((name, error) => told.push(`${name}: ${String(error)}`));
    const order: string[] = [];
    const add = (name: string, fails = false) =>
      stack.add(name, async () => {
        order.push(name);
        if (fails) throw new Error(`${name} failed`);
      });
    add("first");
    add("second", true);
    add("third", true);
    await expect(stack.release()).rejects.toThrow(/^third failed$/);
    expect(order).toEqual(["third", "second", "first"]);
    expect(told).toEqual(["third: Error: third failed", "second: Error: second failed"]);
  });

  test("releases once, whoever asks, and what is added meanwhile", async () => {
    const order: string[] = [];
    const stack = new ReleaseStack(() => undefined);
    stack.add("first", () => order.push("first"));
    stack.add("second", () => stack.add("late", () => order.push("late")));
    const releasing = stack.release();
    expect(stack.release()).toBe(releasing);
    await releasing;
    expect(order).toEqual(["late", "first"]);
  });
});
