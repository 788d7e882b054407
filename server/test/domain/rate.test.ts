import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Rate } from "../../src/domain/rate.ts";

/** When events happen that come at these times. */
function happen(rate: Rate, comeMs: readonly number[]): number[] {
  return comeMs.map((ms) => {
    const waitMs = rate.waitMs(ms);
    rate.take(ms);
    return ms + waitMs;
  });
}

describe("a rate", () => {
  test("lets those of one second happen at once, and the others evenly", () => {
    expect(happen(new Rate(4), [0, 0, 0, 0, 0, 0])).toEqual([0, 0, 0, 0, 250, 500]);
    expect(happen(new Rate(1), [0, 0, 0])).toEqual([0, 1_000, 2_000]);
  });

  test("has room again for what did not happen, but never for more than a second of it", () => {
    expect(happen(new Rate(2), [0, 0, 400, 5_000, 5_000, 5_000])).toEqual([0, 0, 500, 5_000, 5_000, 5_500]);
  });

  test("without a limit holds nothing up, and is as good as new at once", () => {
    const rate = new Rate(Number.POSITIVE_INFINITY);
    expect(happen(rate, [7, 7, 7])).toEqual([7, 7, 7]);
    expect(rate.isIdle(7)).toBe(true);
  });

  test("is never exceeded by more than a second's worth, in whatever time", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), steps, (perSecond, stepsMs) => {
        let ms = 0;
        const come = stepsMs.map((step) => (ms += step));
        const happened = happen(new Rate(perSecond), come);
        for (const [i, from] of happened.entries()) {
          for (let j = i; j < happened.length; j++) {
            const seconds = (happened[j]! - from) / 1_000;
            expect(j - i + 1).toBeLessThanOrEqual(perSecond * (1 + seconds) + 1e-6);
          }
        }
        // And nobody waits without need: order is kept, and nothing happens before it comes.
        expect(happened.every((at, i) => at >= come[i]!)).toBe(true);
      }),
    );
  });
});
