import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CountClientError } from "../count-client-error.ts";

/** How often an owner shows that it lives, and after which silence an owner on another host counts as dead. */
const HEARTBEAT_MS = 5_000;
const DEAD_AFTER_MS = 30_000;

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** What tells this process from a later one with the same pid; empty where the system does not tell. */
  readonly start: string;
}

/**
 * Exclusive ownership of a directory by a process. Node has no flock, so it is a file that names its owner. An owner on this host is
 * asked for by pid and start time, so what a killed process left is taken over at once; one on another host (a volume
 * that moved) must have been silent for 30 seconds.
 */
export class OwnerLock {
  readonly #path: string;
  readonly #heartbeat: NodeJS.Timeout;

  /** @throws CountClientError `in-use` naming the owner. */
  constructor(directory: string) {
    this.#path = join(directory, "owner.json");
    acquire(this.#path, directory);
    this.#heartbeat = setInterval(() => {
      try {
        const now = new Date();
        utimesSync(this.#path, now, now);
      } catch {
        // The disk may be read-only or gone by now; the queue's own writes tell of it.
      }
    }, HEARTBEAT_MS).unref();
  }

  release(): void {
    clearInterval(this.#heartbeat);
    rmSync(this.#path, { force: true });
  }
}

function acquire(path: string, directory: string): void {
  const self: Owner = { host: hostname(), pid: process.pid, start: startOf(process.pid) };
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      const file = openSync(path, "wx");
      try {
        writeSync(file, JSON.stringify(self));
      } finally {
        closeSync(file);
      }
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const text = read(path);
    const owner = parse(text);
    if (text !== undefined && isAlive(owner, path)) {
      const who = owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`;
      throw new CountClientError("in-use", `diskQueue.directory ${directory} belongs to ${who}, which is alive`);
    }
    takeAway(path, text);
  }
  throw new CountClientError("in-use", `diskQueue.directory ${directory} is wanted by other processes at this moment`);
}

/** Removes the lock of a dead owner. Of several processes that try, one gets the file; it must be the one that was judged. */
function takeAway(path: string, judged: string | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== judged) {
    try {
      // Somebody was faster and owns it already.
      linkSync(aside, path);
    } catch {
      // And somebody else owns it by now.
    }
  }
  rmSync(aside, { force: true });
}

function isAlive(owner: Owner | undefined, path: string): boolean {
  // A file without a name in it is being written at this moment, or was torn by a power loss.
  if (owner === undefined || owner.host !== hostname()) return ageOf(path) < DEAD_AFTER_MS;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return owner.start === startOf(owner.pid);
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** When a process started, in clock ticks since boot, and the boot (Linux, proc(5)); empty elsewhere. */
function startOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, which may hold anything; the 22nd is the start.
  const ticks = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return ticks === undefined ? "" : `${read("/proc/sys/kernel/random/boot_id")?.trim() ?? ""}/${ticks}`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): Owner | undefined {
  try {
    const { host, pid, start } = JSON.parse(text ?? "") as Partial<Owner>;
    if (typeof host === "string" && typeof pid === "number" && typeof start === "string") return { host, pid, start };
  } catch {
    // Falls through: not an owner.
  }
  return undefined;
}
