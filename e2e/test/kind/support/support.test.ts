import { describe, expect, test } from "@jest/globals";
import { CommandError, run, runAny } from "../../../src/kind/support/command.ts";
import { dayOf, midnight } from "../../../src/kind/support/days.ts";
import { same, says } from "../../../src/kind/support/same.ts";
import { until } from "../../../src/kind/support/until.ts";

const LIMIT_MS = 30_000;

describe("a command", () => {
  test("gets its input, and its output is told", async () => {
    expect(await run("cat", [], { input: "hello", limitMs: LIMIT_MS })).toBe("hello");
  });

  test("that fails is an error with what it said", async () => {
    const failing = run("sh", ["-c", "echo out; echo err >&2; exit 3"], { limitMs: LIMIT_MS });
    await expect(failing).rejects.toThrow(new Error("sh -c echo out; echo err >&2; exit 3 ended with 3\nerr\nout"));
    await expect(failing).rejects.toBeInstanceOf(CommandError);
  });

  test("that takes too long is killed", async () => {
    const { code, stderr } = await runAny("sleep", ["60"], { limitMs: 50 });
    expect({ code, stderr }).toEqual({ code: 124, stderr: "\nkilled after 0.05 s" });
  });

  test("that does not exist is named", async () => {
    await expect(runAny("count-e2e-nothing", [], { limitMs: LIMIT_MS })).rejects.toThrow(
      "count-e2e-nothing cannot be run: spawn count-e2e-nothing ENOENT",
    );
  });
});

describe("waiting", () => {
  test("ends with the value of the first look that has one", async () => {
    let looks = 0;
    const look = () => Promise.resolve(++looks < 3 ? { not: "yet" } : { value: looks });
    expect(await until("three", look, { limitMs: LIMIT_MS, pauseMs: 1 })).toBe(3);
  });

  test("that takes too long says what was seen last", async () => {
    const look = () => Promise.resolve({ not: "0 of 3" });
    await expect(until("three", look, { limitMs: -1, pauseMs: 1 })).rejects.toThrow(
      "waited 0 s for three; last seen: 0 of 3",
    );
  });
});

describe("an assertion", () => {
  test("lets through what is the same, and shows what is not", () => {
    expect(() => same("totals", { "shop GET /": 1 }, { "shop GET /": 1 })).not.toThrow();
    expect(() => same("totals", { "shop GET /": 1 }, { "shop GET /": 2 })).toThrow(
      /^totals: .*deep-equal[\s\S]*: 1[\s\S]*: 2/,
    );
  });

  test("about a text shows the text", () => {
    expect(() => says("the log", "nothing", /something/)).toThrow("the log should say /something/, and says:\nnothing");
  });
});

test("days are UTC's, and yesterday begins 24 hours before today", () => {
  expect(midnight(0) % 86_400_000).toBe(0);
  expect(midnight(0) - midnight(1)).toBe(86_400_000);
  expect(dayOf(Date.UTC(2026, 10, 24) - 1)).toBe("2026-11-23");
});
