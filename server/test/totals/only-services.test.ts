import { describe, expect, test } from "@jest/globals";
import { onlyServices } from "../../src/totals/only-services.ts";
import type { Totals } from "../../src/totals/totals.ts";

const method = (service: string, path: string) => ({ service, method: 3, path });
const TOTALS: Totals = {
  methods: [method("shop", "/a"), method("cart", "/a"), method("", "/b"), method("cart", "/c")],
  days: [
    { day: 1, methods: Uint32Array.of(0, 1, 2, 3), counts: [1n, 2n, 3n, 4n] },
    { day: 2, methods: Uint32Array.of(0, 2), counts: [5n, 6n] },
    { day: 3, methods: Uint32Array.of(1, 3), counts: [7n, 8n] },
  ],
};

describe("onlyServices", () => {
  test("keeps the methods of some services, and the days that have any of them, in their order", () => {
    expect(onlyServices(TOTALS, new Set(["cart"]))).toEqual({
      methods: [method("cart", "/a"), method("cart", "/c")],
      days: [
        { day: 1, methods: Uint32Array.of(0, 1), counts: [2n, 4n] },
        { day: 3, methods: Uint32Array.of(0, 1), counts: [7n, 8n] },
      ],
    });
    expect(onlyServices(TOTALS, new Set([""])).days.map(({ day }) => day)).toEqual([1, 2]);
  });

  test("keeps all without a choice, and none of services that have nothing", () => {
    expect(onlyServices(TOTALS, undefined)).toBe(TOTALS);
    expect(onlyServices(TOTALS, new Set(["other"]))).toEqual({ methods: [], days: [] });
  });
});
