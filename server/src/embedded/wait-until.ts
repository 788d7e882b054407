import { setTimeout as delay } from "node:timers/promises";

const INTERVAL_MS = 25;

/**
 * Asks again and again whether something has happened elsewhere in the system that sends no event, such as the end of a
 * process that is not our child.
 *
 * @param limitMs in milliseconds
 * @returns whether it happened within the limit
 * @throws the signal's AbortError
 */
export async function waitUntil(
  happened: () => Promise<boolean>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!(await happened())) {
    if (performance.now() >= end) return false;
    await delay(INTERVAL_MS, undefined, signal ? { signal } : {});
  }
  return true;
}

/** Whether a promise settles within the limit, in milliseconds. */
export async function settlesWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      delay(limitMs, false, { signal: timer.signal }),
    ]);
  } finally {
    timer.abort();
  }
}
