import { setTimeout as sleep } from "node:timers/promises";
import { CountError } from "../domain/count-error.ts";
import type { Readiness } from "./readiness.ts";

/** Between two pings, and for each of them, in milliseconds. */
const INTERVAL_MS = 2_000;
const PING_MS = 3_000;

/** What is needed of a database to know whether it is there. */
export interface Pingable {
  ping(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<void>;
}

export interface WatchOptions {
  /** In milliseconds. Default 2,000. */
  readonly intervalMs?: number;
  /** Told what each ping found. Must not throw. */
  readonly onPing?: (isUp: boolean) => void;
}

/** Keeps readiness up to date with the database until the signal is aborted. Never rejects. */
export async function watchDatabase(
  database: Pingable,
  readiness: Readiness,
  signal: AbortSignal,
  { intervalMs = INTERVAL_MS, onPing }: WatchOptions = {},
): Promise<void> {
  for (;;) {
    try {
      await database.ping({ signal, timeoutMs: PING_MS });
      onPing?.(true);
      readiness.set("database", undefined);
    } catch (error) {
      // A ping that was ended with the watch says nothing about the database.
      if (signal.aborted) return;
      onPing?.(false);
      readiness.set("database", `the database does not answer: ${CountError.from(error).message}`);
    }
    await pause(intervalMs, signal);
    if (signal.aborted) return;
  }
}

/** Waits, or until the signal is aborted. Keeps no process alive. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
