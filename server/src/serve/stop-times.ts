import type { Config } from "../config/config.ts";

/** How the time for stopping is divided, in milliseconds. */
export interface StopTimes {
  /** Not ready, and still serving. */
  readonly delayMs: number;
  /** For the calls that are under way. */
  readonly drainMs: number;
  /** For the last flush. */
  readonly flushMs: number;
  /** For the connections to the database. */
  readonly closeMs: number;
}

/** Draining gets most of what the delay leaves; the rest is for the last flush, the database, and an embedded PostgreSQL. */
export function stopTimes({ drainDelayMs, stopLimitMs }: Pick<Config, "drainDelayMs" | "stopLimitMs">): StopTimes {
  const left = stopLimitMs - drainDelayMs;
  return {
    delayMs: drainDelayMs,
    drainMs: Math.floor(left * 0.5),
    flushMs: Math.floor(left * 0.25),
    closeMs: Math.floor(left * 0.1),
  };
}
