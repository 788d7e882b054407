import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { run } from "../../src/kind/support/command.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "count-e2e-failures-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `.ci/run` repeats at its end. */
function failures(args: readonly string[], content: string): Promise<string> {
  const file = join(folder, "results");
  writeFileSync(file, content);
  return run(process.execPath, ["scripts/failures.js", ...args, file], { cwd: ROOT, limitMs: 30_000 });
}

const JEST = JSON.stringify({
  testResults: [
    { name: join(ROOT, "a/good.test.ts"), status: "passed", message: "", assertionResults: [{ status: "passed" }] },
    {
      name: join(ROOT, "a/bad.test.ts"),
      status: "failed",
      message: "all of it",
      assertionResults: [
        { status: "passed", fullName: "a thing works" },
        {
          status: "failed",
          fullName: "another thing works",
          failureMessages: [
            "Error: \u001b[31mexpected\u001b[39m 1\n\nReceived: 2\n    at bad.test.ts:3:1\n    at run (/x/node_modules/jest/y.js:1:1)\n",
          ],
        },
      ],
    },
    { name: join(ROOT, "a/broken.test.ts"), status: "failed", message: "SyntaxError: here", assertionResults: [] },
  ],
});

test("each test that failed is named with what it said, and a file that could not be loaded", async () => {
  expect(await failures(["jest"], JEST)).toBe(
    [
      "a/bad.test.ts: another thing works",
      "    Error: expected 1",
      "    Received: 2",
      "        at bad.test.ts:3:1",
      "a/broken.test.ts",
      "    SyntaxError: here",
      "",
    ].join("\n"),
  );
  expect(await failures(["jest", "--names"], JEST)).toBe("a/bad.test.ts: another thing works\na/broken.test.ts\n");
});

test("each scenario that failed is named with why, shortened in its middle", async () => {
  const words = Array.from({ length: 40 }, (_, at) => `line ${at + 1}`).join("\n");
  const results = [
    { scenario: "demo", outcome: "passed", words: "fine" },
    { scenario: "helm", outcome: "failed", words },
  ];
  const lines = (await failures(["suite"], JSON.stringify({ results }))).split("\n");
  expect([lines[0], lines[9], lines[10], lines.at(-2)]).toEqual([
    "scenario helm",
    "    line 9",
    "    … (25 more lines)",
    "    line 40",
  ]);
  expect(await failures(["suite"], '{"results":[]}')).toBe("");
});

test("a step that failed is named with the end of what it said", async () => {
  const said = Array.from({ length: 40 }, (_, at) => `line ${at + 1}\n`).join("");
  expect((await failures(["log", "lint"], said)).split("\n")).toEqual([
    "lint",
    ...Array.from({ length: 15 }, (_, at) => `    line ${at + 26}`),
    "",
  ]);
});
