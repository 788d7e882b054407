import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { processStart } from "./process-start.ts";
import type { RunAs } from "./run-as.ts";
import { runCommand } from "./run-command.ts";
import { waitUntil } from "./wait-until.ts";

type Step = readonly [NodeJS.Signals, number];

/** How long each kind of request to stop may take, in milliseconds; the last cannot be refused. */
const STEPS: readonly Step[] = [
  ["SIGINT", 30_000],
  ["SIGQUIT", 10_000],
  ["SIGKILL", 5_000],
];
/** A backend whose postmaster was killed ends as soon as its statement does. */
const BACKEND_GRACE_MS = 5_000;

/**
 * Ends what a killed count process left running on a database: the postmaster, cleanly, or the backends of one that was killed
 * too, which may be busy with a statement and share memory with each other, so that no new postmaster may start beside them.
 *
 * @param pgData PostgreSQL's folder, in a data folder that is claimed by this process
 * @throws CountError `unavailable`: it does not end
 */
export async function stopOrphans(
  pgData: string,
  runAs: RunAs,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const pid = await readPostmasterPid(pgData);
  let running = await processesOn(pgData, pid, runAs);
  if (pid !== undefined && running.includes(pid)) {
    log(`stopping PostgreSQL, pid ${pid}, which a count process that was killed left running`);
    await stop([pid], pgData, STEPS, signal);
    running = await processesOn(pgData, undefined, runAs);
  } else {
    // PostgreSQL takes this file for another server's as long as any process of its user has that number, and after a
    // restart of the machine or container one may well have.
    await rm(join(pgData, "postmaster.pid"), { force: true });
  }
  if (running.length === 0) return;
  log(`waiting for what a killed PostgreSQL left running: pid ${running.join(", ")}`);
  const ended = async (): Promise<boolean> => (await stillRunning(running)).length === 0;
  if (!(await waitUntil(ended, BACKEND_GRACE_MS, signal))) await stop(running, pgData, STEPS.slice(1), signal);
}

/** The first line of postmaster.pid. The number is negative for a single-user server. */
async function readPostmasterPid(pgData: string): Promise<number | undefined> {
  const text = await readFile(join(pgData, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Math.abs(Number.parseInt(text, 10));
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

async function stop(
  pids: readonly number[],
  pgData: string,
  steps: readonly Step[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const [name, limitMs] of steps) {
    for (const pid of await stillRunning(pids)) {
      try {
        process.kill(pid, name);
      } catch {
        // It ended meanwhile.
      }
    }
    if (await waitUntil(async () => (await stillRunning(pids)).length === 0, limitMs, signal)) return;
  }
  const left = (await stillRunning(pids)).join(", ");
  throw new CountError(
    "unavailable",
    `PostgreSQL, pid ${left}, still runs on ${pgData} and does not end: stop it yourself`,
  );
}

async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const starts = await Promise.all(pids.map(processStart));
  return pids.filter((_, i) => starts[i] !== undefined);
}

/**
 * PostgreSQL's processes on a folder, which is where they work. On Linux all of them, asked for as their user: in a container
 * root may not see that of others (capability SYS_PTRACE). Elsewhere only the postmaster, by its arguments; PostgreSQL
 * itself refuses to start beside other ones there, and the start is tried again.
 */
async function processesOn(pgData: string, postmaster: number | undefined, runAs: RunAs): Promise<number[]> {
  if (process.platform === "linux") {
    const script =
      'cd /proc && for p in [0-9]*; do [ "$p/cwd" -ef "$1" ] && read -r name <"$p/comm" && [ "$name" = postgres ] && echo "$p"; done';
    const { stdout } = await runCommand("/bin/sh", ["-c", script, "sh", pgData], { runAs });
    return stdout.split("\n").filter(Boolean).map(Number);
  }
  if (postmaster === undefined) return [];
  const { stdout } = await runCommand("ps", ["-o", "command=", "-p", String(postmaster)]);
  return stdout.includes("postgres") && stdout.includes(pgData) ? [postmaster] : [];
}
