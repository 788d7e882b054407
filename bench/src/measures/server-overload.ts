import type { Overload } from "../load/jobs.ts";
import type { Candidate, Measure, RatioSpec } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import type { Sample } from "../run/sample.ts";
import { exactly } from "./target.ts";
import type { Workbench } from "./workbench.ts";

const TIMES = 10;
const CONNECTIONS = 10;
const STREAMS = 100;
const UNLIMITED = 100_000_000;
const TRIAL_SECONDS = 2;
const LONGER = 4;
const MIB = 1_048_576;
const MAX_MIB = 512;
const MAX_RECOVERY_SECONDS = 5;
const RECOVERY = "recovery s";
const PROBE = "longest answer ms";
const OFFERED = "offered ÷ taken";

/** A server that is offered ten times what it can take: what it keeps in memory, and how soon it is itself again. */
export async function serverOverload(bench: Workbench): Promise<Measure> {
  const { seconds } = bench.options;
  const rate = TIMES * (await capacity(bench));
  const [short, long] = [seconds, seconds * LONGER].map((length) => ({ name: `${length} s`, seconds: length }));
  const peakMib = ({ peakBytes }: Sample): number | undefined => peakBytes.server && peakBytes.server / MIB;
  const names = [short!.name, long!.name];
  return {
    name: "server-overload",
    title: `Add, ${STREAMS} streams on ${CONNECTIONS} connections, offered ${rate.toLocaleString("en")} requests/s: ${TIMES} × what it takes`,
    unit: "server's peak MiB",
    events: "requests",
    figure: (sample) => peakMib(sample) ?? Number.NaN,
    more: [OFFERED, PROBE, RECOVERY],
    candidates: [short!, long!].map((one) => candidate(bench, rate, one)),
    ratios: [
      ...names.flatMap((name): RatioSpec[] => [
        { name: `peak MiB, ${name}`, over: name, of: peakMib, aim: { atMost: MAX_MIB } },
        {
          name: `recovery s, ${name}`,
          over: name,
          of: ({ more }) => more?.[RECOVERY],
          aim: { atMost: MAX_RECOVERY_SECONDS },
        },
      ]),
      {
        name: `peak, ${names[1]} ÷ ${names[0]}`,
        over: names[1]!,
        under: names[0]!,
        of: peakMib,
        aim: { atMost: 1.25 },
      },
    ],
    warmUp: true,
    maxRuns: 3,
  };
}

/** Requests a second that the server takes from as many streams when there are always more. */
async function capacity({ client, count }: Workbench): Promise<number> {
  const job = {
    address: count.address,
    connections: CONNECTIONS,
    streams: STREAMS,
    rate: UNLIMITED,
    seconds: TRIAL_SECONDS,
  };
  // The first compiles the code.
  await client.overload(job);
  const { events, seconds } = await client.overload(job);
  return Math.round(events / seconds);
}

function candidate(
  { postgres, client, count }: Workbench,
  rate: number,
  { name, seconds }: { readonly name: string; readonly seconds: number },
): Candidate {
  return {
    name,
    async run() {
      await count.clear();
      let sample: Sample | undefined;
      await exactly(count, async () => {
        sample = await metered({ postgres, client: client.pid, server: count.pid }, async () => {
          const job = { address: count.address, connections: CONNECTIONS, streams: STREAMS, rate, seconds };
          const done: Overload = await client.overload(job);
          const more = { [OFFERED]: done.due / done.events, [PROBE]: done.probeMs, [RECOVERY]: done.recoverySeconds };
          return { events: done.events, seconds: done.seconds, more };
        });
        return sample;
      });
      return sample!;
    },
  };
}
