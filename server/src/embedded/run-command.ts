import { type ChildProcess, spawn } from "node:child_process";
import { CountError } from "../domain/count-error.ts";
import type { RunAs } from "./run-as.ts";

/** As much of a command's output as an error message can use. */
const MAX_OUTPUT_CHARS = 16 * 1024;

export interface CommandOptions {
  readonly runAs?: RunAs;
  /** Given to the command's standard input, which is then closed. */
  readonly input?: string;
  /** In milliseconds. Default: 10,000. The command and its children are killed after it. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  /** `null`: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The whole environment of PostgreSQL's programs. Not ours: `PGDATA`, `PGPORT` or an `LC_ALL` that this machine lacks would
 * change what they do, and messages must stay English to be understood by this code.
 */
export const childEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/** What makes a child run as that user. Its folder is `/`, because ours may be closed to that user. */
export function spawnIdentity(runAs: RunAs | undefined): { cwd: string; uid?: number; gid?: number } {
  return runAs?.switched === true ? { cwd: "/", uid: runAs.uid, gid: runAs.gid } : { cwd: "/" };
}

/** Ends a child that leads its process group, and its children with it. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}

/**
 * Runs a command to its end.
 *
 * @throws CountError `precondition`: it cannot be run at all; `timeout`; `cancelled`
 */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { runAs, input = "", timeoutMs = 10_000, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new CountError("cancelled", `${file} was not run: the start was cancelled`, signal.reason));
      return;
    }
    const child = spawn(file, args, { ...spawnIdentity(runAs), env: childEnvironment, detached: true, stdio: "pipe" });
    let ended: CountError | undefined;
    const end = (error: CountError): void => {
      ended ??= error;
      killGroup(child, "SIGKILL");
    };
    const onAbort = (): void => end(new CountError("cancelled", `${file} was stopped: the start was cancelled`));
    const timer = setTimeout(() => end(new CountError("timeout", `${file} took more than ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout = (stdout + text).slice(-MAX_OUTPUT_CHARS);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-MAX_OUTPUT_CHARS);
    });
    // A command that does not read its input closes it; what it says then is in its exit code.
    child.stdin.on("error", () => undefined).end(input);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    child.once("error", (error) => settle(() => reject(cannotRun(file, error))));
    child.once("close", (code) => settle(() => (ended ? reject(ended) : resolve({ code, stdout, stderr }))));
  });
}

/** Why the system refused to run a program. */
export function cannotRun(file: string, error: NodeJS.ErrnoException): CountError {
  const why =
    error.code === "ENOENT"
      ? "it, or the loader of the C library that it needs (glibc; Alpine has musl), does not exist"
      : error.code === "EPERM"
        ? "this process may not switch to another user"
        : error.message;
  return new CountError(
    "precondition",
    `${file} cannot be run: ${why}; set DB_URL to use a PostgreSQL of yours`,
    error,
  );
}
