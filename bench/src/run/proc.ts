import { readdir, readFile, writeFile } from "node:fs/promises";

/** Clock ticks a second in /proc: USER_HZ is 100 on every architecture that Node runs on. */
const TICKS = 100;

interface Stat {
  readonly parent: number;
  /** Ticks of CPU: its own, and of its children that have ended. */
  readonly own: number;
  readonly ended: number;
}

/**
 * CPU seconds that a process and its children have used so far: PostgreSQL is a postmaster with a process for each connection,
 * and one that ends adds what it used to its parent's. Resolution 10 ms.
 *
 * @returns undefined where there is no /proc
 */
export async function cpuSecondsOf(pid: number): Promise<number | undefined> {
  const main = await stat(pid);
  if (main === undefined) return undefined;
  const others = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name)).map(Number);
  let ticks = main.own + main.ended;
  for (const other of await Promise.all(others.map(stat))) if (other?.parent === pid) ticks += other.own;
  return ticks / TICKS;
}

/** The process that started a process. */
export async function parentOf(pid: number): Promise<number | undefined> {
  return (await stat(pid))?.parent;
}

/** Forgets the peak of a process's memory. Without effect where there is no /proc. */
export async function resetPeak(pid: number): Promise<void> {
  // proc_pid_clear_refs(5): 5 resets the peak resident set size.
  await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => undefined);
}

/** Peak resident memory in bytes since the last {@link resetPeak}. */
export async function peakBytesOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

async function stat(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // The second field is a name in parentheses that may hold anything; the one after it is the state (proc_pid_stat(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
}
