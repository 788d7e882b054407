import { readFile } from "node:fs/promises";
import { CountError } from "../domain/count-error.ts";
import { runCommand } from "./run-command.ts";

/** A process that is there but whose start cannot be told: hidden by the system, or `ps` is missing. */
export const UNKNOWN_START = "unknown";

/**
 * When a process started, as letters, digits and `-` that no other process with that number ever shares: after it ended its
 * number is given to others. On Linux the boot and the clock ticks since it (proc_pid_stat(5), field 22), elsewhere what
 * `ps` says.
 *
 * @returns `undefined` for a process that has ended, waited for by its parent or not
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!exists(pid)) return undefined;
  return process.platform === "linux" ? linuxStart(pid) : psStart(pid);
}

/** Whether the process that started then still runs. In doubt it does. */
export async function isRunning(pid: number, start: string): Promise<boolean> {
  const now = await processStart(pid);
  return now !== undefined && (now === start || now === UNKNOWN_START || start === UNKNOWN_START);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function linuxStart(pid: number): Promise<string | undefined> {
  try {
    const [text, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "latin1"),
      readFile("/proc/sys/kernel/random/boot_id", "latin1"),
    ]);
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, ticks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || ticks === undefined) return undefined;
    return `${boot.slice(0, 8)}-${ticks}`;
  } catch {
    // It ended meanwhile, or /proc hides what belongs to others (mount option hidepid).
    return exists(pid) ? UNKNOWN_START : undefined;
  }
}

async function psStart(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await runCommand("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    const [state, ...start] = stdout.trim().split(/\s+/);
    if (state === undefined || state === "" || state.startsWith("Z")) return undefined;
    return start.join("-").replaceAll(/[^0-9A-Za-z-]/g, "-");
  } catch (error) {
    if (CountError.from(error).code !== "precondition") throw error;
    return UNKNOWN_START;
  }
}
