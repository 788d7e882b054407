import { Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { parseRules, readRulesFile, ruleText } from "../../src/cli/rules-file.ts";

const FILE = `rules:
  # Old names.
  - { exact: /v1/users, to: /users }
  - { glob: "/v1/users/*", to: "/users/:id", service: shop, method: GET }
  - prefix: /old/
    service: ""
    method: METHOD_UNSPECIFIED
    to: /old
`;

describe("a file of path rules", () => {
  test("holds rules, and is the same again as it is printed", () => {
    const rules = parseRules(FILE, "rules.yaml");
    expect(
      rules.map(({ service, method, path, to }) => [service, method, path?.kind.case, path?.kind.value, to]),
    ).toEqual([
      [undefined, undefined, "exact", "/v1/users", "/users"],
      ["shop", Method.GET, "glob", "/v1/users/*", "/users/:id"],
      ["", Method.METHOD_UNSPECIFIED, "prefix", "/old/", "/old"],
    ]);
    const printed = JSON.stringify({ rules: rules.map(ruleText) });
    expect(parseRules(printed, "rules.json")).toEqual(rules);
    expect(parseRules("rules: []", "rules.yaml")).toEqual([]);
  });

  test.each<[string, string]>([
    ["", "rules.yaml, line 1: the file is null; accepted is rules: and a list of them"],
    ["rules:", "rules.yaml, line 1: rules is null; accepted is a list of rules"],
    [
      "- { exact: /a, to: /b }",
      'rules.yaml, line 1: the file is [{"exact":"/a","to":"/b"}]; accepted is rules: and a list of them',
    ],
    ["rules: []\nrule: 1", 'rules.yaml, line 1: the file has "rule"; accepted are rules'],
    [
      "rules:\n  - { exact: /a }",
      "rules.yaml, line 2: rules[0].to is missing; accepted is the path under which requests are counted",
    ],
    ['rules:\n  - { exact: /a, to: "" }', "rules.yaml, line 2: rules[0].to is empty; accepted is a path"],
    ["rules:\n  - { to: /a }", "rules.yaml, line 2: rules[0] has none; accepted is one of exact, prefix and glob"],
    [
      "rules:\n  - { exact: /a, to: /b }\n  - { exact: /a, glob: /a, to: /b }",
      "rules.yaml, line 3: rules[1] has exact and glob; accepted is one of exact, prefix and glob",
    ],
    [
      "rules:\n  - exact: /a\n    to: /b\n    method: FETCH",
      'rules.yaml, line 4: rules[0].method is "FETCH"; accepted are METHOD_UNSPECIFIED, CONNECT, DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE, PATCH, OTHER, GRPC',
    ],
    [
      "rules:\n  - { exact: /a, to: /b, path: /c }",
      'rules.yaml, line 2: rules[0] has "path"; accepted are service, method, exact, prefix, glob and to',
    ],
    ["rules:\n  - { exact: 12, to: /b }", "rules.yaml, line 2: rules[0].exact is 12; accepted is the text of a path"],
  ])("such as %j is refused", (content, message) => {
    expect(() => parseRules(content, "rules.yaml")).toThrow(expect.objectContaining({ code: "invalid", message }));
  });

  test("that is neither YAML nor JSON is refused with its line", () => {
    expect(() => parseRules("rules:\n  - { exact: /a", "rules.yaml")).toThrow(
      /^rules\.yaml, line 2: it is neither YAML nor JSON: /,
    );
  });

  test("that is not there is wrong usage", async () => {
    await expect(readRulesFile("/nowhere/rules.yaml")).rejects.toMatchObject({
      message: expect.stringMatching(/^\/nowhere\/rules\.yaml cannot be read: ENOENT/),
      exitCode: 2,
    });
  });
});
