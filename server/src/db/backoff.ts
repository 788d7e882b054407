import { setTimeout as delay } from "node:timers/promises";
import { CountError } from "../domain/count-error.ts";

const FIRST_MS = 20;
const MOST_MS = 1_000;

/**
 * How long to wait before the next try, in ms, after so many that failed: exponential with full jitter, so that those who
 * failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  return random() * Math.min(MOST_MS, FIRST_MS * 2 ** (tries - 1));
}

/** @throws CountError `cancelled`, or the signal's own CountError */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal && { signal });
  } catch {
    throw cancelled(signal);
  }
}

/** Why a signal was aborted, as a CountError. */
export function cancelled(signal: AbortSignal | undefined): CountError {
  const reason: unknown = signal?.reason;
  if (reason instanceof CountError) return reason;
  return new CountError("cancelled", "the caller stopped waiting for the database", reason);
}
