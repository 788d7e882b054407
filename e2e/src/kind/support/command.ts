import { spawn } from "node:child_process";

export interface CommandOptions {
  /** After that it is killed, in milliseconds. */
  readonly limitMs: number;
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  /** Of the process; 124 when it was killed at its limit, as by timeout(1). */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command said is kept up to so many characters, of its end. */
const MAX_OUTPUT = 8_000_000;
/** How much of it an error's message holds. */
const SHOWN = 3_000;

/** A command that ended with another code than 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly result: CommandResult;

  constructor(command: string, result: CommandResult) {
    const said = [result.stderr, result.stdout].map((text) => text.trim().slice(-SHOWN)).filter((text) => text !== "");
    super([`${command} ended with ${result.code}`, ...said].join("\n"));
    this.result = result;
  }
}

/** Runs a command to its end, whatever its exit code. @throws Error when it cannot be started */
export function runAny(command: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { limitMs, input, cwd, env, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal, killSignal: "SIGKILL" }),
    });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, limitMs);
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] = (said[name] + text).slice(-MAX_OUTPUT);
      });
    }
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new Error(`${command} cannot be run: ${error.message}`, { cause: error }));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (isLate) said.stderr += `\nkilled after ${limitMs / 1_000} s`;
      resolve({ code: isLate ? 124 : (code ?? 137), ...said });
    });
    // A command that ends without reading is told by its exit code.
    child.stdin.on("error", () => undefined).end(input ?? "");
  });
}

/** Runs a command to its end. @returns its standard output @throws CommandError */
export async function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const result = await runAny(command, args, options);
  if (result.code !== 0) throw new CommandError([command, ...args].join(" ").slice(0, 300), result);
  return result.stdout;
}
