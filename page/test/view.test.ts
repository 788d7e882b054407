import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  addressOf,
  DEFAULT_VIEW,
  GRANULARITIES,
  PRESETS,
  SORT_KEYS,
  STACKS,
  type View,
  viewOf,
} from "../src/state/view.ts";

const day = fc
  .date({ min: new Date("1970-01-01T00:00:00Z"), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const range = fc.oneof(
  fc.constantFrom(...PRESETS).map((preset) => ({ range: preset, from: "", to: "" })),
  fc.tuple(day, day).map((days) => {
    days.sort();
    const [from, to] = days;
    return { range: "custom" as const, from, to };
  }),
);
const view: fc.Arbitrary<View> = fc
  .tuple(
    range,
    fc.record({
      granularity: fc.constantFrom("auto" as const, ...GRANULARITIES),
      timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Etc/GMT+5"),
      stack: fc.constantFrom(...STACKS),
      services: fc.array(fc.string({ unit: "grapheme" })),
      methods: fc.array(fc.constantFrom("GET", "METHOD_UNSPECIFIED")),
      paths: fc.array(fc.string({ unit: "grapheme" })),
      search: fc.string({ unit: "grapheme" }),
      sort: fc.constantFrom(...SORT_KEYS),
      descending: fc.boolean(),
    }),
  )
  .map(([days, rest]) => ({ ...days, ...rest }));

describe("the address of the page", () => {
  test("says everything that is looked at", () => {
    fc.assert(
      fc.property(view, (looked) => {
        expect(viewOf(addressOf(looked).slice(1))).toEqual(looked);
      }),
    );
  });

  test("is short for what is as by default", () => {
    expect(addressOf(DEFAULT_VIEW)).toBe("/");
    expect(addressOf({ ...DEFAULT_VIEW, range: "7d", services: [""], sort: "path", descending: false })).toBe(
      "/?range=7d&service=&sort=path",
    );
  });

  test.each([
    "?range=8d&stack=colour&sort=size&granularity=decade",
    "?from=2026-11-02&to=2026-11-01",
    "?from=2026-11-02",
    "?from=yesterday&to=today",
    "?tz=",
  ])("that says what nobody understands is as by default: %s", (text) => {
    expect(viewOf(text)).toEqual(DEFAULT_VIEW);
  });
});
