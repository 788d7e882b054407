import { setTimeout as delay } from "node:timers/promises";
import type { Stage } from "./scenario.ts";

/** How often each fault was done. */
export type FaultCounts = Record<string, number>;

/**
 * Breaks something again and again, at random moments, for as long as the stage says.
 *
 * @param inject breaks something once, and says what it was
 * @param maxPauseMs between two of them
 */
export async function faultsFor(
  { random, seconds, note }: Stage,
  inject: () => Promise<string>,
  maxPauseMs: number,
): Promise<FaultCounts> {
  const counts: FaultCounts = {};
  const started = performance.now();
  const elapsedMs = (): number => performance.now() - started;
  while (elapsedMs() < seconds * 1_000) {
    await delay(random.int(1, maxPauseMs));
    const atMs = elapsedMs();
    const fault = await inject();
    counts[fault] = (counts[fault] ?? 0) + 1;
    note(`${fault}, which took ${Math.round(elapsedMs() - atMs)} ms`);
  }
  return counts;
}
