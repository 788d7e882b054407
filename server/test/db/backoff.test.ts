import { expect, test } from "@jest/globals";
import { backoffMs } from "../../src/db/backoff.ts";

test("the longest wait doubles from 20 ms to a second", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((tries) => backoffMs(tries, () => 1));
  expect(longest).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
});

test("the wait is anything between nothing and the longest", () => {
  expect(backoffMs(3, () => 0)).toBe(0);
  expect(backoffMs(3, () => 0.5)).toBe(40);
});
