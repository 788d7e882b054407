import { expect, test } from "@jest/globals";
import { Queue } from "../../../src/kind/scenarios/queue.ts";
import type { Scenario } from "../../../src/kind/scenarios/scenario.ts";

function scenario(name: string, sharesInstallation = false): Scenario {
  return { name, title: name, sharesInstallation, run: () => Promise.resolve("") };
}

test("the first player gets what shares the installation, first of all, and each scenario is played once", () => {
  const queue = new Queue([scenario("a"), scenario("b", true), scenario("c"), scenario("d", true), scenario("e")]);
  const next = (isFirst: boolean) => queue.next(isFirst)?.name;
  expect([next(true), next(false), next(false), next(true), next(true), next(false), next(true)]).toEqual([
    "b",
    "a",
    "c",
    "d",
    "e",
    undefined,
    undefined,
  ]);
});

test("another player leaves what shares the installation to the first one", () => {
  const queue = new Queue([scenario("a", true), scenario("b", true)]);
  expect(queue.next(false)).toBeUndefined();
  expect(queue.next(true)?.name).toBe("a");
});
