import { type Cost, type CostJob, WAYS, type Way } from "../host/host-jobs.ts";
import { Forked } from "../process/forked.ts";
import type { Candidate, Measure } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import type { Workbench } from "./workbench.ts";

const CALLS = 20_000_000;
const BYTES = "heap B/call";
const COLLECTIONS = "collections";

/** What a call of `record()` costs whoever makes it, beside a dictionary and a counter. */
export function hostCost(bench: Workbench): Measure {
  const host = new Forked("host", "host/host-main.js", bench.releases, ["--expose-gc"]);
  const ns = ({ seconds, events }: { readonly seconds: number; readonly events: number }) => (seconds * 1e9) / events;
  return {
    name: "host-cost",
    title: `record() in the host, 200 pairs in no order, ${CALLS.toLocaleString("en")} calls`,
    unit: "ns/call",
    events: "calls",
    figure: ns,
    more: [BYTES, COLLECTIONS],
    candidates: WAYS.map((way) => candidate(bench, host, way)),
    ratios: [
      { name: "time, record ÷ dictionary", over: "record", under: "dictionary", of: ns, aim: { atMost: 1.5 } },
      { name: "time, record ÷ joined key", over: "record", under: "joined key", of: ns },
      // A reading of the clock every 1,024 calls is a number on the heap; one object a call would be 16 bytes at least.
      { name: "heap bytes per call, record", over: "record", of: ({ more }) => more?.[BYTES], aim: { atMost: 0.1 } },
    ],
    warmUp: true,
    close: () => host.end(),
  };
}

function candidate({ postgres, count }: Workbench, host: Forked, way: Way): Candidate {
  return {
    name: way,
    async run() {
      await count.clear();
      return await metered({ postgres, client: host.pid }, async () => {
        const job: CostJob = { way, calls: CALLS, address: count.address };
        const { seconds, heapBytes, collections } = await host.call<Cost>("cost", job);
        return { events: CALLS, seconds, more: { [BYTES]: heapBytes / CALLS, [COLLECTIONS]: collections } };
      });
    },
  };
}
