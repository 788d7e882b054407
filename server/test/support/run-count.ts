import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The real command, as it was built: `npm test` builds it before. */
const BIN = fileURLToPath(new URL("../../bin/count.js", import.meta.url));

export interface RunOptions {
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `count` to its end. */
export async function runCount(args: readonly string[], { stdin = "", env = {} }: RunOptions = {}): Promise<RunResult> {
  const child = spawnCount(args, env);
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: exit[0] as number | null, stdout, stderr };
}

/** Starts `count` in an environment that has nothing of the developer's. */
export function spawnCount(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessByStdio<Writable, Readable, Readable> {
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, [BIN, ...args], { env: { PATH, HOME, TZ: "Pacific/Auckland", ...env } });
}
