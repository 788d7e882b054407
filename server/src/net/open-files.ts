import { readFileSync } from "node:fs";

/** For the database, log, certificates and probes: without them a server that is full of connections could do nothing with them. */
const OTHERS = 200;

/**
 * How many connections a process may have at a time, of those that are wanted: each is an open file, and Node.js has raised the
 * soft limit to the hard one. Beyond the limit a connection could not be accepted, and no file be opened.
 */
export function affordableConnections(wanted: number): number {
  const limit = openFilesLimit();
  return limit === undefined ? wanted : Math.max(1, Math.min(wanted, limit - OTHERS));
}

/** Undefined where the system does not tell, and where there is none. */
function openFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
