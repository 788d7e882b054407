import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PathTree } from "../../../src/agent/routes/path-tree.ts";

function tree(...templates: string[]): PathTree<string> {
  return new PathTree(templates.map((template) => ({ template, value: template })));
}

describe("path templates", () => {
  test.each([
    ["/", "/"],
    ["/users", "/users"],
    ["/users/", "/users"],
    ["/users/42", "/users/:id"],
    ["/users/42/", "/users/:id"],
    ["/users/me", "/users/me"],
    ["/users/m%65", "/users/me"],
    ["/users/a%2Fb", "/users/:id"],
    ["/users/%", "/users/:id"],
    ["/users/42/orders/7", "/users/{user}/orders/{order}"],
    // The literal leads nowhere, the parameter does.
    ["/users/me/orders/7", "/users/{user}/orders/{order}"],
    ["/users/42/other", undefined],
    ["/users//orders/7", undefined],
    ["/static", "/static/*"],
    ["/static/a/b.css", "/static/*"],
    ["/reports/2026.json", "/reports/{year}.json"],
    ["/reports/2026.csv", "/reports/{file}"],
    ["/jobs/7:cancel", "/jobs/{job}:cancel"],
    ["/jobs/7", undefined],
    ["/none", undefined],
  ])("%s is a request of %s", (path, template) => {
    const found = tree(
      ...["/", "/users", "/users/:id", "/users/me", "/users/{user}/orders/{order}", "/static/*"],
      ...["/reports/{year}.json", "/reports/{file}", "/jobs/{job}:cancel"],
    ).find(path);
    expect(found).toBe(template);
  });

  test("a path made from a template is a request of it, whatever is in its parameters", () => {
    const segment = fc.stringMatching(/^[a-z0-9 é/%?]{1,8}$/);
    fc.assert(
      fc.property(segment, segment, (one, two) => {
        const path = `/a/${encodeURIComponent(one)}/b/${encodeURIComponent(two)}`;
        expect(tree("/a/:one/b/:two", "/a/*").find(path)).toBe("/a/:one/b/:two");
      }),
    );
  });

  test.each([
    [["users"], '"users" is no path template; accepted are such as /users/:id'],
    [["/a?b"], '"/a?b" is no path template; accepted are such as /users/:id'],
    [["/*/a"], '"/*/a" has * before its end; accepted is one at the end'],
    [["/a/:b", "/a/{c}"], '"/a/{c}" fits the same paths as a template before it'],
    [["/a/*", "/a/**"], '"/a/**" fits the same paths as a template before it'],
  ])("%j cannot be used", (templates, message) => {
    expect(() => tree(...templates)).toThrow(message);
  });
});
