import { describe, expect, test } from "@jest/globals";
import { settings } from "../../src/config/settings.ts";

describe("settings", () => {
  test("have the name that commander makes of their flag", () => {
    for (const { flag, key } of settings) {
      expect(flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())).toBe(key);
    }
  });

  test("have flags and variables of their own", () => {
    expect(new Set(settings.map(({ flag }) => flag)).size).toBe(settings.length);
    expect(new Set(settings.map(({ env }) => env)).size).toBe(settings.length);
  });

  test("accept their own default where it is printed as a value", () => {
    for (const { rule, fallback, default: text } of settings) {
      const result = rule.safeParse(text);
      if (result.success && fallback !== undefined) expect(result.data).toEqual(fallback);
    }
  });

  test("say what they are in a sentence, and take a value unless they are switches", () => {
    for (const { description, argument, accepts } of settings) {
      expect(description).toMatch(/^[A-Z].*\.$|^[a-z].*\.$/);
      expect(argument === undefined).toBe(accepts === "true or false");
    }
  });
});
