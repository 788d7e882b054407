import { type ChildProcess, spawn } from "node:child_process";
import { CountError } from "../domain/count-error.ts";
import { HOST } from "./free-port.ts";
import { forEachLine } from "./log-lines.ts";
import type { RunAs } from "./run-as.ts";
import { cannotRun, childEnvironment, spawnIdentity } from "./run-command.ts";
import { settlesWithin } from "./wait-until.ts";

/** The recovery of a crash reads at most what was written since the last checkpoint (max_wal_size, 1 GB). */
const START_LIMIT_MS = 300_000;
const FAST_STOP_MS = 30_000;
const QUICK_STOP_MS = 10_000;
const LAST_LINES_MS = 1_000;
const MAX_LAST_LINES = 20;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running PostgreSQL server: its first process, a child of ours. */
export interface Postmaster {
  /** Whether it recovered from a crash when it started. */
  readonly recovered: boolean;
  /** Settles when the process has ended, asked to or not. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Fast (open transactions are rolled back), after 30 s without a clean shutdown, after 10 s more by force. Idempotent. */
  readonly stop: () => Promise<void>;
}

export interface PostmasterOptions {
  readonly postgres: string;
  readonly runAs: RunAs;
  readonly pgData: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** PostgreSQL ended instead of starting. These are the last lines that it logged. */
export interface StartFailure {
  readonly lastLines: readonly string[];
}

/**
 * Starts PostgreSQL and waits until it takes connections.
 *
 * It leads a session of its own: the Ctrl-C of a terminal reaches only us, and we stop it after draining. If this process
 * ends without stopping it (an uncaught error, `process.exit`), it is told to stop at that moment.
 *
 * @throws CountError `cancelled`, `timeout`, or `precondition`: it cannot be run
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster | StartFailure> {
  const { postgres, runAs, pgData, port, log, signal } = options;
  const settings = {
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "",
    ...options.settings,
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: "",
    // What follows makes the log readable for this code.
    log_destination: "stderr",
    logging_collector: "off",
    log_min_messages: "warning",
    lc_messages: "C",
  };
  const args = ["-D", pgData, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const child = spawn(postgres, args, {
    ...spawnIdentity(runAs),
    env: childEnvironment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lastLines: string[] = [];
  let recovered = false;
  const ready = new AbortController();
  const onLine = (line: string): void => {
    log(line);
    if (lastLines.push(line) > MAX_LAST_LINES) lastLines.shift();
    // "database system was not properly shut down; automatic recovery in progress"
    if (line.includes("automatic recovery in progress")) recovered = true;
    if (line.includes("database system is ready to accept connections")) ready.abort();
  };
  forEachLine(child.stdout, onLine);
  forEachLine(child.stderr, onLine);
  const exited = exitOf(child);
  const stop = stopper(child, exited);
  const outcome = await firstOf(child, ready.signal, exited, signal);
  if (outcome === "ready") return { recovered, exited, stop };
  await stop();
  if (outcome === "exited") return { lastLines };
  if (outcome === "cancelled") {
    throw new CountError("cancelled", "starting the embedded PostgreSQL was cancelled", signal?.reason);
  }
  if (outcome === "timeout") {
    throw new CountError(
      "timeout",
      `the embedded PostgreSQL in ${pgData} was not ready after ${START_LIMIT_MS} ms; it said last:\n${lastLines.join("\n")}`,
    );
  }
  throw cannotRun(postgres, outcome);
}

/** After `exit` comes `close`, with the last lines of the log; but not while a backend outlives a killed postmaster. */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    const closed = new Promise((close) => child.once("close", close));
    child.once("exit", (code, signal) => {
      void settlesWithin(closed, LAST_LINES_MS).then(() => resolve({ code, signal }));
    });
    child.once("error", () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}

function stopper(child: ChildProcess, exited: Promise<Exit>): () => Promise<void> {
  const onProcessExit = (): void => void child.kill("SIGINT");
  process.once("exit", onProcessExit);
  void exited.then(() => process.off("exit", onProcessExit));
  const run = async (): Promise<void> => {
    child.kill("SIGINT");
    if (await settlesWithin(exited, FAST_STOP_MS)) return;
    child.kill("SIGQUIT");
    if (await settlesWithin(exited, QUICK_STOP_MS)) return;
    child.kill("SIGKILL");
    await exited;
  };
  let stopping: Promise<void> | undefined;
  return () => (stopping ??= run());
}

type Outcome = "ready" | "exited" | "cancelled" | "timeout" | NodeJS.ErrnoException;

function firstOf(
  child: ChildProcess,
  ready: AbortSignal,
  exited: Promise<Exit>,
  cancel: AbortSignal | undefined,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      cancel?.removeEventListener("abort", onCancel);
      resolve(outcome);
    };
    const onCancel = (): void => settle("cancelled");
    const timer = setTimeout(() => settle("timeout"), START_LIMIT_MS);
    child.once("error", settle);
    ready.addEventListener("abort", () => settle("ready"), { once: true });
    void exited.then(() => settle("exited"));
    cancel?.addEventListener("abort", onCancel, { once: true });
    if (cancel?.aborted === true) onCancel();
  });
}
