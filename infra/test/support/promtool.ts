import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { goProgram } from "./go.ts";

const run = promisify(execFile);

/** Prometheus' own tool, without the service discoveries of clouds: these are most of it. */
export const promtoolProgram = () =>
  goProgram("github.com/prometheus/prometheus", "cmd/promtool", "v0.316.0", {
    tags: ["remove_all_sd"],
    versionArgument: "--version",
  });

/** Runs promtool where the files are. @returns all that it says, and its exit code */
export async function promtool(
  program: string,
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<{ code: number; says: string }> {
  const folder = mkdtempSync(join(tmpdir(), "count-promtool-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { stdout, stderr } = await run(program, args, { cwd: folder, maxBuffer: 16_777_216 });
    return { code: 0, says: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, says: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
