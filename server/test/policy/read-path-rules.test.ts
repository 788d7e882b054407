import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Method, PathRuleSchema } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { formatPathRules, parsePathRules, readPathRules } from "../../src/policy/read-path-rules.ts";

type Rule = Extract<MessageInitShape<typeof PathRuleSchema>, { readonly $typeName?: never }>;

const glob = (value: string) => ({ kind: { case: "glob" as const, value } });
const exact = (value: string) => ({ kind: { case: "exact" as const, value } });
const read = (...rules: readonly Rule[]) =>
  readPathRules(
    rules.map((rule) => create(PathRuleSchema, rule)),
    100,
  );

describe("path rules", () => {
  test("lead from a path to another, the first that matches", () => {
    const rules = read(
      { path: exact("/v1/users"), to: "/users" },
      { path: glob("/v1/**"), service: "shop", to: "/shop-v1" },
      { path: exact("/v1/orders"), to: "/orders" },
      { path: glob("/v1/*"), method: Method.GET, to: "/get" },
      { path: exact("/v1/late"), to: "/late" },
    );
    const targets = (service: string, method: Method, ...paths: readonly string[]) =>
      paths.map((path) => rules.target(service, method, path));
    expect(targets("", Method.POST, "/v1/users", "/v1/orders", "/v1/late", "/v1/x", "/x")).toEqual([
      "/users",
      "/orders",
      "/late",
      undefined,
      undefined,
    ]);
    expect(targets("", Method.GET, "/v1/orders", "/v1/late", "/v1/x")).toEqual(["/orders", "/get", "/get"]);
    expect(targets("shop", Method.GET, "/v1/users", "/v1/orders", "/v1/a/b")).toEqual([
      "/users",
      "/shop-v1",
      "/shop-v1",
    ]);
  });

  test("never lead on from a path that one of them leads to", () => {
    const rules = read({ path: glob("**"), to: "/a" }, { path: exact("/x"), service: "svc", to: "/b" });
    expect(["/a", "/b", "/c"].map((path) => rules.target("", Method.GET, path))).toEqual([undefined, undefined, "/a"]);
  });

  test("are the same when they come back from the database", () => {
    const rules = read(
      { path: exact('/"é'), to: "/x" },
      { path: glob("/*"), service: "", method: Method.METHOD_UNSPECIFIED, to: "/y" },
      { path: { kind: { case: "prefix", value: "/p" } }, method: Method.GRPC, to: "/z" },
    );
    const text = formatPathRules(rules);
    expect(JSON.parse(text)).toEqual([
      { path: { exact: '/"é' }, to: "/x" },
      { service: "", method: "METHOD_UNSPECIFIED", path: { glob: "/*" }, to: "/y" },
      { method: "GRPC", path: { prefix: "/p" }, to: "/z" },
    ]);
    expect(formatPathRules(parsePathRules(text))).toBe(text);
    expect([parsePathRules("[]").list, formatPathRules(read())]).toEqual([[], "[]"]);
  });

  test.each<[Rule, string]>([
    [{ to: "/a" }, "rules[0].path: required"],
    [{ path: {}, to: "/a" }, "rules[0].path: one of exact, prefix and glob is required"],
    [{ path: glob(""), to: "/a" }, "rules[0].path.glob is empty; it is required"],
    [{ path: glob("*") }, "rules[0].to is empty; it is required"],
    [{ path: glob("*"), to: `/${"é".repeat(50)}` }, "rules[0].to has 101 bytes; accepted are at most 100"],
    [{ path: glob("*"), to: "/\0" }, 'rules[0].to "/\\u0000" has a NUL; accepted is text without'],
    [{ path: glob("*"), to: "/a?b" }, 'rules[0].to "/a?b" has a ? or #; accepted is a path without'],
    [{ path: glob("*"), to: "/a", service: "\0" }, 'rules[0].service "\\u0000" has a NUL; accepted is text without'],
    [
      { path: glob("*"), to: "/a", method: JSON.parse("11") as Method },
      "rules[0].method 11 is unknown; accepted are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100",
    ],
  ])("such as %j are refused", (rule, message) => {
    expect(() => read(rule)).toThrow(expect.objectContaining({ code: "invalid", message }));
  });

  test("are a thousand at most", () => {
    const rule = { path: exact("/a"), to: "/b" };
    expect(() => read(...Array.from({ length: 1_001 }, () => rule))).toThrow(
      "rules has 1001 entries; accepted are at most 1000",
    );
  });

  test("that cannot be read are a fault of the database", () => {
    expect(() => parsePathRules('[{"to":"/a"}]')).toThrow(
      "the path rules in count.state cannot be read: rules[0].path: required",
    );
  });
});
