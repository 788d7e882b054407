import { create } from "@bufbuild/protobuf";
import { PathFilterSchema } from "@count/proto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type PathPattern, pathPattern } from "../../src/domain/path-pattern.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";

type Kind = PathPattern["kind"];

const pattern = (kind: Kind, value: string) =>
  pathPattern("paths[0]", create(PathFilterSchema, { kind: { case: kind, value } }));

describe("a glob", () => {
  test.each([
    ["/users/*", "/users/:id", true],
    ["/users/*", "/users/", true],
    ["/users/*", "/users/:id/orders", false],
    ["/users/**", "/users/:id/orders", true],
    ["/**/orders", "/users/:id/orders", true],
    ["/**/orders", "/orders", false],
    ["**", "", true],
    ["**", "a\nb", true],
    ["*", "a/b", false],
    ["*a*/b", "xaya/b", true],
    ["**a*b", "a/ab", true],
    ["/v?/x", "/v1/x", true],
    ["/v?/x", "/v/x", false],
    ["/v?", "/v/", false],
    ["/?", "/😀", true],
    ["/a.b", "/a.b", true],
    ["/a.b", "/axb", false],
    ["/***", "/a/b", true],
    ["/a", "/a", true],
    ["/a", "/ab", false],
  ])("%j on %j is %s", (glob, path, fits) => {
    expect(pattern("glob", glob).matches(path)).toBe(fits);
  });

  test("takes no longer than in proportion, however many stars it has", () => {
    expect(pattern("glob", `${"*a".repeat(100)}b`).matches("a".repeat(1_300))).toBe(false);
    expect(pattern("glob", `${"**a".repeat(100)}b`).matches("a".repeat(1_300))).toBe(false);
  });
});

describe("a path filter", () => {
  test.each<[Kind, string, string]>([
    ["exact", "", "paths[0].exact is empty; it is required"],
    ["glob", "", "paths[0].glob is empty; it is required"],
    ["prefix", "/\0", 'paths[0].prefix "/\\u0000" has a NUL; accepted is text without'],
    ["glob", "é".repeat(700), "paths[0].glob has 1400 bytes; accepted are at most 1300"],
  ])("that is %s %j is refused", (kind, text, message) => {
    expect(() => pattern(kind, text)).toThrow(expect.objectContaining({ code: "invalid", message }));
  });

  test("without a kind is refused", () => {
    expect(() => pathPattern("paths[3]", create(PathFilterSchema))).toThrow(
      "paths[3]: one of exact, prefix and glob is required",
    );
  });
});

describe("in the database", () => {
  let db: TestDatabaseUrl;
  beforeAll(async () => {
    db = await testDatabaseUrl({ migrated: false });
  });
  afterAll(() => db.close());

  test("every filter lets the same paths through", async () => {
    const letters = fc.constantFrom(
      "a",
      "b",
      "/",
      "*",
      "?",
      ".",
      "\\",
      "(",
      "[",
      "]",
      "^",
      "$",
      "|",
      "{",
      "-",
      "é",
      "😀",
      "\n",
      " ",
    );
    const text = fc.array(letters, { maxLength: 8 }).map((parts) => parts.join(""));
    const cases = fc.array(
      fc.tuple(
        fc.constantFrom<Kind>("exact", "prefix", "glob"),
        text.map((t) => `/${t}`),
        text,
      ),
      {
        minLength: 50,
        maxLength: 50,
      },
    );
    await fc.assert(
      fc.asyncProperty(cases, async (asked) => {
        const patterns = asked.map(([kind, filter]) => pattern(kind, filter));
        // A path made of the filter fits more often than one by chance.
        const paths = asked.map(([, filter, other], at) =>
          at % 2 === 0 ? filter.replaceAll("*", other) : `/${other}`,
        );
        const rows = await db.query<{ fits: boolean }>(
          "select path ~ source as fits from unnest($1::text[], $2::text[]) with ordinality as t(path, source, n) order by n",
          [paths, patterns.map(({ source }) => source)],
        );
        expect(rows.map(({ fits }) => fits)).toEqual(patterns.map((one, at) => one.matches(paths[at]!)));
      }),
      { numRuns: 40 },
    );
  });
});
