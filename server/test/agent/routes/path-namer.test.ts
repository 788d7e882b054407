import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openPathNamer } from "../../../src/agent/routes/path-namer.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-names-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const OPENAPI = `
openapi: 3.1.0
servers:
  - url: https://{region}.example.com/api/{version}/
    variables: { region: { default: eu }, version: { default: v1, enum: [v1, v2] } }
  - url: /
paths:
  /users/{id}: { get: {} }
  /hooks:
    servers: [{ url: /in }]
    post: {}
  x-internal: {}
`;

describe("names of paths", () => {
  test("without files ids are replaced", () => {
    const name = openPathNamer({ rulesFile: undefined, openapiFile: undefined });
    expect(["/users/42?x", "/a#b", "", "http://h", "/o/2f1b8f6e-9a1c-4d6e-8f00-1234567890ab"].map(name)).toEqual([
      ...["/users/:id", "/a", "(unmatched)", "/", "/o/:id"],
    ]);
  });

  test("a file of rules names, renames and ignores, and the rest is unmatched", async () => {
    const rulesFile = await file(
      "rules.yaml",
      'paths:\n  - /users/:id\n  - { path: "/v1/u/:id", as: "/users/:id" }\n  - { path: /healthz, ignore: true }\n',
    );
    const name = openPathNamer({ rulesFile, openapiFile: undefined });
    for (let again = 0; again < 2; again++) {
      expect(["/users/7", "/v1/u/7", "/healthz", "/other/7"].map(name)).toEqual([
        ...["/users/:id", "/users/:id", undefined, "(unmatched)"],
      ]);
    }
  });

  test("the rest may be normalized instead, and rules may be JSON", async () => {
    const rulesFile = await file("rules.json", '{"paths": ["/a/*"], "otherwise": "normalize"}');
    const name = openPathNamer({ rulesFile, openapiFile: undefined });
    expect(["/a/b/c", "/other/7"].map(name)).toEqual(["/a/*", "/other/:id"]);
  });

  test("an OpenAPI document names its paths below the base paths of its servers", async () => {
    const openapiFile = await file("openapi.yaml", OPENAPI);
    const name = openPathNamer({ rulesFile: undefined, openapiFile });
    expect(["/api/v1/users/7", "/users/7", "/in/hooks", "/hooks", "/api/v1/none"].map(name)).toEqual([
      ...["/api/v1/users/{id}", "/users/{id}", "/in/hooks", "(unmatched)", "(unmatched)"],
    ]);
  });

  test("rules go before the document", async () => {
    const openapiFile = await file("openapi.yaml", OPENAPI);
    const rulesFile = await file("before.yaml", "paths: [{ path: '/users/{id}', as: /people }]");
    const name = openPathNamer({ rulesFile, openapiFile });
    expect(["/users/7", "/in/hooks"].map(name)).toEqual(["/people", "/in/hooks"]);
  });

  test.each([
    ["swagger.yaml", 'openapi: "2.0"', "openapiFile", 'openapi is "2.0"; accepted are 3.x documents'],
    ["nopaths.yaml", "openapi: 3.0.3", "openapiFile", "paths is missing; accepted is an object of path items"],
    [
      "nodefault.yaml",
      "openapi: 3.0.3\nservers: [{ url: '/{v}' }]\npaths: { /a: {} }",
      "openapiFile",
      "the server /{v} has no default for its variable v",
    ],
    [
      "both.yaml",
      "paths: [{ path: /a, as: /b, ignore: true }]",
      "rulesFile",
      "/a has as and ignore; accepted is one of them",
    ],
    ["typo.yaml", "paths: []\notherwize: normalize", "rulesFile", 'Unrecognized key: "otherwize"; accepted are paths'],
    ["bomb.yaml", "paths: [", "rulesFile", "cannot be read: "],
  ])("a file that cannot be used is named with its fault: %s", async (name, text, option, fault) => {
    const path = await file(name, text);
    const files = { rulesFile: undefined, openapiFile: undefined, [option]: path };
    expect(() => openPathNamer(files)).toThrow(path);
    expect(() => openPathNamer(files)).toThrow(fault);
  });
});
