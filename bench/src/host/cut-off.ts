import { setImmediate as turn } from "node:timers/promises";
import { createCounter } from "@count/client";
import { deliveredSince } from "../load/delivered.ts";
import { NAMED_PAIRS } from "../load/pairs.ts";
import { peakBytesOf, resetPeak } from "../run/proc.ts";
import { Door } from "./door.ts";
import type { CutOff, CutOffJob } from "./host-jobs.ts";

const HOUR_MS = 3_600_000;
const CLOSE_LIMIT_MS = 60_000;

/**
 * Records so many requests over so many hours of a clock that runs as fast as they come, with the server out of reach. Then
 * the server is there, and everything has to arrive.
 */
export async function cutOff({ address, requests, hours, keys, pathBytes }: CutOffJob): Promise<CutOff> {
  const door = await Door.make(address);
  try {
    const startMs = Date.now() - hours * HOUR_MS;
    let done = 0;
    const now = (): number => startMs + (done / requests) * hours * HOUR_MS;
    const counter = createCounter({
      target: door.address,
      now,
      logger: { warn: () => undefined, debug: () => undefined },
    });
    const names = keyNames(keys, pathBytes);
    globalThis.gc?.();
    const startBytes = process.memoryUsage.rss();
    await resetPeak(process.pid);
    // A second of the told clock at a time; the event loop turns meanwhile, and the sender goes on trying.
    const perTurn = Math.max(1, Math.round(requests / (hours * 3_600)));
    for (let next = 0; done < requests; ) {
      for (const end = Math.min(requests, done + perTurn); done < end; done += 1) {
        const { method, path } = names[next]!;
        counter.record(method, path);
        next = next + 1 === names.length ? 0 : next + 1;
      }
      await turn();
    }
    const cutOffBytes = await peak();
    await door.open();
    const opened = performance.now();
    await counter.close({ limitMs: CLOSE_LIMIT_MS });
    const deliverySeconds = (performance.now() - opened) / 1_000;
    deliveredSince(undefined, counter);
    return { requests, startBytes, cutOffBytes, peakBytes: await peak(), deliverySeconds };
  } finally {
    door.close();
  }
}

function keyNames(keys: number, pathBytes: number): { readonly method: string; readonly path: string }[] {
  return Array.from({ length: keys }, (_, i) => {
    const { method, path } = NAMED_PAIRS[i % NAMED_PAIRS.length]!;
    return { method, path: `${path}/${Math.floor(i / NAMED_PAIRS.length)}`.padEnd(pathBytes, "x") };
  });
}

/** Where the system does not tell the peak, this is what it is now. */
async function peak(): Promise<number> {
  return (await peakBytesOf(process.pid)) ?? process.memoryUsage.rss();
}
