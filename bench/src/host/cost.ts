import { setImmediate as turn } from "node:timers/promises";
import { GCProfiler } from "node:v8";
import { type Counter, createCounter } from "@count/client";
import { deliveredSince } from "../load/delivered.ts";
import type { Cost, CostJob, Way } from "./host-jobs.ts";
import { dictionary, joinedKey, record } from "./ways.ts";

/** Enough for the compiler to have done its best. */
const WARM_UP_CALLS = 2_000_000;
const CLOSE_LIMIT_MS = 30_000;

/** One turn of the event loop: what is measured is the call, not the delivery, which the measures of Record have. */
export async function cost({ way, calls, address }: CostJob): Promise<Cost> {
  const counter = way === "record" ? createCounter({ target: address }) : undefined;
  const count = counting(way, counter);
  count(WARM_UP_CALLS);
  await turn();
  globalThis.gc?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  count(calls);
  const seconds = (performance.now() - start) / 1_000;
  const heapBytes = process.memoryUsage().heapUsed - before;
  const collections = profiler.stop().statistics.length;
  if (counter !== undefined) {
    await counter.close({ limitMs: CLOSE_LIMIT_MS });
    const { requests } = deliveredSince(undefined, counter);
    if (requests !== WARM_UP_CALLS + calls) throw new Error(`${requests} of ${WARM_UP_CALLS + calls} were recorded`);
  }
  return { seconds, heapBytes, collections };
}

function counting(way: Way, counter: Counter | undefined): (calls: number) => void {
  if (counter !== undefined) return (calls) => record(counter, calls);
  return way === "dictionary" ? dictionary : joinedKey;
}
