import { setTimeout as delay } from "node:timers/promises";
import type { Counter, Statistics } from "@count/client";
import type { Delivered } from "./record-jobs.ts";

const LIMIT_MS = 60_000;
/** Between two looks, in milliseconds. */
const PAUSE_MS = 2;

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/**
 * What a counter has delivered since `before`.
 *
 * @throws Error when it has not delivered everything, or something was dropped or refused
 */
export function deliveredSince(before: Statistics | undefined, counter: Counter): Delivered {
  const now = counter.statistics();
  const { recorded, acknowledged, pending, dropped, refused } = now;
  if (acknowledged !== recorded || pending !== 0 || sum(dropped) !== 0 || sum(refused) !== 0) {
    throw new Error(`a counter has not delivered what it recorded: ${JSON.stringify(now)}`);
  }
  return {
    requests: recorded - (before?.recorded ?? 0),
    batches:
      now.batchesSent - now.batchesResent - (before === undefined ? 0 : before.batchesSent - before.batchesResent),
  };
}

export function total(parts: readonly Delivered[]): Delivered {
  return parts.reduce(
    (all, { requests, batches }) => ({ requests: all.requests + requests, batches: all.batches + batches }),
    { requests: 0, batches: 0 },
  );
}

/** Waits until a counter has nothing pending. @throws Error after a minute */
export async function acknowledged(counter: Counter): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (counter.statistics().pending > 0) {
    if (performance.now() > endMs) {
      throw new Error(`a counter was not answered within ${LIMIT_MS} ms: ${JSON.stringify(counter.statistics())}`);
    }
    await delay(PAUSE_MS);
  }
}
