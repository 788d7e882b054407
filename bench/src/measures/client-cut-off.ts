import type { CutOff, CutOffJob } from "../host/host-jobs.ts";
import { Forked } from "../process/forked.ts";
import type { Candidate, Measure } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import type { Sample } from "../run/sample.ts";
import { exactly } from "./target.ts";
import type { Workbench } from "./workbench.ts";

const HOURS = 1;
const REQUESTS = 50_000 * 3_600 * HOURS;
const MIB = 1_048_576;
const LIMIT_MIB = 64;
const DELIVERY = "delivery s";
const CUT_OFF = "MiB while cut off";

interface Case {
  readonly name: string;
  readonly keys: number;
  readonly pathBytes: number;
}

/** A usual API; the default's 2,000 keys with paths as long as they may be; and more keys than a client takes. */
const CASES: readonly Case[] = [
  { name: "200 keys", keys: 200, pathBytes: 32 },
  { name: "2,000 long keys", keys: 2_000, pathBytes: 1_024 },
  { name: "20,000 long keys", keys: 20_000, pathBytes: 1_024 },
];

/**
 * An hour at 50,000 requests a second without a server, all 180 million of them, on a clock that runs as fast as they are recorded;
 * then the server is there and gets them all. Memory is told over what the process had before the first request.
 */
export function clientCutOff(bench: Workbench): Measure {
  return {
    name: "client-cut-off",
    title: `A client cut off for an hour, ${REQUESTS.toLocaleString("en")} requests, then delivered`,
    unit: "MiB over its start",
    events: "requests",
    figure: growthMib,
    more: [CUT_OFF, DELIVERY],
    candidates: CASES.map((one) => candidate(bench, one)),
    ratios: CASES.map(({ name }) => ({
      name: `MiB over its start, ${name}`,
      over: name,
      of: growthMib,
      aim: { atMost: LIMIT_MIB },
    })),
    warmUp: false,
    maxRuns: 2,
  };
}

const GROWTH = "growth";

function growthMib({ more }: Sample): number {
  return (more?.[GROWTH] ?? Number.NaN) / MIB;
}

function candidate({ postgres, count, releases }: Workbench, { name, keys, pathBytes }: Case): Candidate {
  return {
    name,
    async run() {
      await count.clear();
      // A process of its own each time: memory that was once taken is seldom given back.
      const host = new Forked("cut off", "host/host-main.js", releases, ["--expose-gc"]);
      let sample: Sample | undefined;
      await exactly(count, async () => {
        sample = await metered({ postgres, client: host.pid, server: count.pid }, async () => {
          const start = performance.now();
          const job: CutOffJob = { address: count.address, requests: REQUESTS, hours: HOURS, keys, pathBytes };
          const result = await host.call<CutOff>("cutOff", job);
          return {
            events: result.requests,
            seconds: (performance.now() - start) / 1_000,
            more: {
              [GROWTH]: result.peakBytes - result.startBytes,
              [CUT_OFF]: (result.cutOffBytes - result.startBytes) / MIB,
              [DELIVERY]: result.deliverySeconds,
            },
          };
        });
        return sample;
      });
      await host.end();
      return sample!;
    },
  };
}
