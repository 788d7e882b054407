import type { Counter } from "../../counter.ts";
import { Drops } from "../../counting/drops.ts";
import { prometheusText, type Statistics } from "../../statistics.ts";

/** The counter of an adapter that is misconfigured: it drops every request as `closed`, so that the statistics still add up. */
export function noCounter(): Counter {
  let recorded = 0;
  const drops = new Drops();
  const statistics = (): Statistics => ({
    recorded,
    acknowledged: 0,
    refused: {},
    dropped: drops.byReason(),
    pending: 0,
    pendingOnDisk: 0,
    recovered: 0,
    openKeys: 0,
    diskBytes: 0,
    maxDiskBytes: 0,
    state: "closed",
    streams: 0,
    failures: 0,
    batchesSent: 0,
    batchesResent: 0,
  });
  return {
    record() {
      recorded++;
      drops.add("closed", 1);
    },
    statistics,
    prometheus: () => prometheusText(statistics()),
    close: () => Promise.resolve(statistics()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
