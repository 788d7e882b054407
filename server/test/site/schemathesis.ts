import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const VERSION = "4.32.5";
/** For a download on a slow line, or a run on a busy machine. */
export const LIMIT_MS = 300_000;

/** Why the test is left out; undefined where there is a Python that can install programs. */
export const withoutPython: string | undefined =
  spawnSync("python3", ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"]).status === 0
    ? undefined
    : "left out: there is no Python 3.10 with venv and pip on this machine";

/** The program, installed once into a folder outside of the repository. */
export async function schemathesis(): Promise<string> {
  const cache =
    process.env["COUNT_TEST_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "count-server");
  const folder = join(cache, `schemathesis-${VERSION}`);
  const program = join(folder, "bin/st");
  if (spawnSync(program, ["--version"]).status === 0) return program;
  // One that was interrupted before would be half there.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  await run("python3", ["-m", "venv", folder], { timeout: LIMIT_MS });
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `schemathesis==${VERSION}`];
  await run(join(folder, "bin/python"), install, { timeout: LIMIT_MS });
  return program;
}

/** What it says about an API, without the endless lines of what it sent. @throws when it takes too long */
export async function examine(program: string, url: string, folder: string): Promise<{ code: number; report: string }> {
  const args = [
    "run",
    `${url}/openapi.json`,
    "--no-color",
    "--generation-deterministic",
    "--max-examples=40",
    "--phases=examples,coverage,fuzzing",
    "--continue-on-failure",
    "--request-timeout=20",
    // Which parameters go together no schema can say; and this server asks for no token.
    "--exclude-checks=positive_data_acceptance,ignored_auth",
  ];
  const options = { timeout: LIMIT_MS, maxBuffer: 67_108_864, cwd: folder, env: { ...process.env, NO_COLOR: "1" } };
  const done = await run(program, args, options).catch((error: unknown) => error as { code: number; stdout: string });
  const report = done.stdout
    .split("\n")
    .map((line) => line.slice(0, 400))
    .join("\n");
  return { code: "code" in done ? done.code : 0, report };
}
