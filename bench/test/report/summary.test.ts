import { describe, expect, test } from "@jest/globals";
import { summarize } from "../../src/report/summary.ts";
import type { Measure, RatioSpec } from "../../src/run/measure.ts";
import type { Sample } from "../../src/run/sample.ts";

function sample(seconds: number, more?: Sample["more"]): Sample {
  return {
    events: 1_000,
    seconds,
    cpuSeconds: { server: 0.5, postgres: undefined, client: 0.25 },
    peakBytes: { server: 2_000, client: undefined },
    walBytes: 4_000,
    ...(more && { more }),
  };
}

function outcome(ratios: readonly RatioSpec[], samples: Readonly<Record<string, readonly Sample[]>>) {
  const names = Object.keys(samples);
  const measure: Measure = {
    name: "measure",
    title: "A measure",
    unit: "s",
    events: "requests",
    figure: ({ seconds }) => seconds,
    more: ["p99"],
    candidates: names.map((name) => ({ name, run: () => Promise.reject(new Error("not here")) })),
    ratios,
    warmUp: false,
  };
  return summarize({ measure, samples: new Map(Object.entries(samples)), failures: new Map() });
}

const seconds = (of: Sample): number => of.seconds;

describe("the summary of a measure", () => {
  test("divides round by round, and tells what each candidate used of the machine", () => {
    const { candidates, ratios } = outcome(
      [{ name: "a ÷ b", over: "a", under: "b", of: seconds, aim: { atLeast: 3 } }],
      { a: [sample(4, { p99: 7 }), sample(9, { p99: 5 })], b: [sample(2), sample(3)] },
    );
    expect(ratios).toEqual([
      { name: "a ÷ b", spread: { min: 2, median: 2.5, max: 3 }, aim: { atLeast: 3 }, met: false },
    ]);
    expect(candidates[0]).toEqual({
      name: "a",
      runs: 2,
      figure: { min: 4, median: 6.5, max: 9 },
      more: { p99: { min: 5, median: 6, max: 7 } },
      cpuSecondsPerMillion: { server: 500, postgres: undefined, client: 250 },
      walBytesPerEvent: 4,
      peakBytes: { server: 2_000, client: undefined },
      failure: undefined,
    });
  });

  test("holds what one candidate comes to against an aim, without dividing", () => {
    const { ratios } = outcome([{ name: "a", over: "a", of: seconds, aim: { atMost: 5 } }], {
      a: [sample(4), sample(6)],
    });
    expect(ratios).toEqual([{ name: "a", spread: { min: 4, median: 5, max: 6 }, aim: { atMost: 5 }, met: true }]);
  });

  test.each([
    { what: "half of what equals differ by, whichever way", cost: 0.5, met: true },
    { what: "twice as much", cost: 2, met: false },
  ])("says whether a cost can be told from noise: $what", ({ cost, met }) => {
    const { ratios } = outcome(
      [
        { name: "noise", over: "again", minus: "without", of: seconds },
        { name: "cost", over: "with", minus: "without", of: seconds, aim: { within: "noise" } },
      ],
      {
        without: [sample(10), sample(10)],
        again: [sample(9), sample(10)],
        with: [sample(10 + cost), sample(10 + cost)],
      },
    );
    expect(ratios.map((ratio) => ratio.met)).toEqual([undefined, met]);
    expect(ratios[0]?.spread).toEqual({ min: -1, median: -0.5, max: 0 });
  });
});
