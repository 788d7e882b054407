import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { runCli } from "../src/cli.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "count-synth-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(...args: string[]) {
  let [stdout, stderr] = ["", ""];
  const code = runCli(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { code, stdout, stderr };
}

function configFile(text: string): string {
  const file = join(folder, "count.yaml");
  writeFileSync(file, text);
  return file;
}

describe("count-synth", () => {
  test("writes a folder that kubectl applies, and says where to go on", () => {
    const out = join(folder, "k8s");
    const { code, stdout, stderr } = run("--config", configFile("name: tally"), "--out", out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\nNext: .*NEXT-STEPS\.md\n$/);
    expect(readdirSync(out)).toEqual([
      "NEXT-STEPS.md",
      "kustomization.yaml",
      "migrate.yaml",
      "name-references.yaml",
      "network-policies.yaml",
      "rollup.yaml",
      "server.yaml",
      "services.yaml",
    ]);
    expect(readFileSync(join(out, "NEXT-STEPS.md"), "utf8")).toContain("deployment/tally");
  });

  test("removes what it wrote earlier and is no more, and nothing else", () => {
    const out = join(folder, "k8s");
    run("--config", configFile("monitoring: {alerts: {}}"), "--out", out);
    writeFileSync(join(out, "mine.yaml"), "a: 1\n");
    const { stdout } = run("--config", configFile("{}"), "--out", out);
    expect(stdout).toContain(`${join(out, "monitoring.yaml")} is no more\n`);
    expect(readdirSync(out)).toEqual(expect.arrayContaining(["mine.yaml", "server.yaml"]));
    expect(readdirSync(out)).not.toContain("monitoring.yaml");
  });

  test("writes every object to standard output for a dash", () => {
    const { code, stdout } = run("--config", configFile("database: {kind: inside}"), "--out", "-");
    const documents = parseAllDocuments(stdout).map((one) => one.toJS() as { kind: string });
    expect(code).toBe(0);
    expect(documents.map(({ kind }) => kind)).toContain("StatefulSet");
  });

  test("refuses a wrong configuration with 78 and writes nothing", () => {
    const file = configFile("server: {replicas: 0}");
    expect(run("--config", file, "--out", join(folder, "k8s"))).toEqual({
      code: 78,
      stdout: "",
      stderr: `count-synth: ${file} cannot be used:\n  server.replicas: 0 is not accepted; expected a number of at least 1\n`,
    });
    expect(readdirSync(folder)).toEqual(["count.yaml"]);
  });

  test.each([
    [
      ["--config", "/nowhere/count.yaml", "--out", "x"],
      "count-synth: ENOENT: no such file or directory, open '/nowhere/count.yaml'\n",
    ],
    [
      ["--config", "x"],
      "count-synth: --config and --out belong together, and --charts stands alone; --help explains them\n",
    ],
    [
      ["--charts", "x", "--out", "y"],
      "count-synth: --config and --out belong together, and --charts stands alone; --help explains them\n",
    ],
    [["--colour"], "count-synth: Unknown option '--colour'\n"],
  ])("refuses %j with 2", (args, stderr) => {
    expect(run(...args)).toEqual({ code: 2, stdout: "", stderr });
  });

  test("explains itself", () => {
    expect(run("--help")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: count-synth --config FILE --out DIR\n/),
    });
  });
});
