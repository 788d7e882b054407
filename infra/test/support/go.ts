import { execFile, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** For a download, or a compilation on a busy machine. */
export const GO_LIMIT_MS = 600_000;

/** Why tests that need Go are left out; undefined where there is one. */
export const withoutGo: string | undefined =
  spawnSync("go", ["version"]).status === 0 ? undefined : "left out: there is no Go on this machine";

/** Where programs are kept between runs, outside the repository. */
const CACHE =
  process.env["COUNT_TEST_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "count-infra");

/** Outside any module, and whatever flags the shell has for others. */
async function go(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await run("go", args, {
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: "", CGO_ENABLED: "0", ...env },
    timeout: GO_LIMIT_MS,
    maxBuffer: 1_048_576,
  });
  return stdout;
}

/** The folder with the files of a Go module. Go keeps modules between runs, and fetches one that is not there. */
export async function goModule(path: string, version: string): Promise<string> {
  return (JSON.parse(await go(["mod", "download", "-json", `${path}@${version}`])) as { Dir: string }).Dir;
}

export interface GoProgramOptions {
  /** Set in it when it is linked. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Build tags. */
  readonly tags?: readonly string[];
  /** The argument by which it tells its version, to see whether it is there. Default `version`. */
  readonly versionArgument?: string;
}

/** A program that is built from a Go module, once for each version. @returns its path */
export async function goProgram(
  module: string,
  packagePath: string,
  version: string,
  { variables = {}, tags = [], versionArgument = "version" }: GoProgramOptions = {},
): Promise<string> {
  const folder = join(CACHE, version);
  const program = join(folder, packagePath.slice(packagePath.lastIndexOf("/") + 1));
  if (spawnSync(program, [versionArgument]).status === 0) return program;
  mkdirSync(folder, { recursive: true });
  const flags = Object.entries(variables).map(([name, value]) => `-X ${module}/${name}=${value}`);
  await go(["install", "-tags", tags.join(","), "-ldflags", flags.join(" "), `${module}/${packagePath}@${version}`], {
    GOBIN: folder,
  });
  return program;
}
