import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import type { Manifest } from "../../src/bundle/files.ts";
import { goProgram } from "./go.ts";

const run = promisify(execFile);
export const CHART = fileURLToPath(new URL("../../../charts/helm/count", import.meta.url));

/** Helm itself, built from its Go module. */
export const helmProgram = () =>
  goProgram("helm.sh/helm/v3", "cmd/helm", "v3.18.6", {
    variables: {
      // As Helm's own Makefile does: the Kubernetes that it takes for granted where none is asked.
      "pkg/chartutil.k8sVersionMajor": "1",
      "pkg/chartutil.k8sVersionMinor": "27",
      "pkg/lint/rules.k8sVersionMajor": "1",
      "pkg/lint/rules.k8sVersionMinor": "27",
    },
  });

/** Runs helm with values in a file. @returns what it says, and its exit code */
export async function helm(
  program: string,
  args: readonly string[],
  values: unknown = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), "count-helm-"));
  try {
    const file = join(folder, "values.yaml");
    writeFileSync(file, JSON.stringify(values));
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder };
    const { stdout, stderr } = await run(program, [...args, "--values", file], { env, maxBuffer: 16_777_216 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The objects of `helm template`. @throws Error with what helm said */
export async function helmObjects(
  program: string,
  values: unknown,
  release = "count",
  namespace = "default",
): Promise<Manifest[]> {
  const { code, stdout, stderr } = await helm(program, ["template", release, CHART, "--namespace", namespace], values);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/** What Helm prints after an installation: its own commands for that ask a cluster, so the notes become a template of a copy. */
export async function helmNotes(program: string, values: unknown, namespace: string): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), "count-chart-"));
  try {
    cpSync(CHART, copy, { recursive: true });
    renameSync(join(copy, "templates/NOTES.txt"), join(copy, "notes"));
    writeFileSync(join(copy, "templates/notes.yaml"), 'text: {{ tpl (.Files.Get "notes") . | quote }}\n');
    const { code, stdout, stderr } = await helm(
      program,
      ["template", "count", copy, "--namespace", namespace, "--show-only", "templates/notes.yaml"],
      values,
    );
    if (code !== 0) throw new Error(stderr);
    return (parse(stdout) as { text: string }).text;
  } finally {
    rmSync(copy, { recursive: true });
  }
}
