import type { Candidate, Measure, RatioSpec } from "../run/measure.ts";
import { metered, type Work } from "../run/metered.ts";
import { rateOf, type Sample } from "../run/sample.ts";
import { exactly, type Target } from "./target.ts";
import type { Workbench } from "./workbench.ts";

const STREAMS = 10;
const MESSAGES = 100;
/** The flood of those that store one message a statement; rates are compared. */
const MAX_SLOW_FLOOD = 10_000;

/** Ten streams of a hundred messages, in closed loop. */
export function addStreams(bench: Workbench): Measure {
  return addMeasure(bench, "add-streams", `Add, ${STREAMS} streams of ${MESSAGES}, closed loop`, 10, streams(bench));
}

/** The same by one candidate: what others are compared with. */
export function addStreamsCandidate(bench: Workbench, target: Target): Candidate {
  return addCandidate(bench, target, streams(bench));
}

function streams({ client, options: { seconds } }: Workbench): (target: Target) => Promise<Work> {
  return ({ address }) => client.streams({ address, streams: STREAMS, messages: MESSAGES, seconds });
}

/** One stream with very many messages. */
export function addFlood(bench: Workbench): Measure {
  const { client, options } = bench;
  const slow = Math.min(options.flood, MAX_SLOW_FLOOD);
  const title = `Add, a flood of ${options.flood.toLocaleString("en")} on one stream`;
  return addMeasure(bench, "add-flood", `${title} (baseline: ${slow.toLocaleString("en")})`, 15, (target) =>
    client.flood({ address: target.address, messages: target === bench.baseline ? slow : options.flood }),
  );
}

function addMeasure(
  bench: Workbench,
  name: string,
  title: string,
  aim: number,
  work: (target: Target) => Promise<Work>,
): Measure {
  const { count, baseline, bare, peer } = bench;
  const ratios: RatioSpec[] = [
    { name: "rate, count ÷ baseline", over: "count", under: "baseline", of: rateOf, aim: { atLeast: aim } },
    { name: "rate, count ÷ bare stream", over: "count", under: "bare", of: rateOf, aim: { atLeast: 0.6 } },
    { name: "rate, count ÷ peer", over: "count", under: "peer", of: rateOf },
  ];
  return {
    name,
    title,
    unit: "requests/s",
    events: "requests",
    figure: rateOf,
    candidates: [count, baseline, bare, ...(peer === undefined ? [] : [peer])].map((target) =>
      addCandidate(bench, target, work),
    ),
    ratios,
    warmUp: true,
  };
}

function addCandidate(
  { postgres, client }: Workbench,
  target: Target,
  work: (target: Target) => Promise<Work>,
): Candidate {
  return {
    name: target.name,
    mayFail: target.mayFail ?? false,
    async run() {
      await target.clear();
      let sample: Sample | undefined;
      await exactly(target, async () => {
        sample = await metered({ postgres, client: client.pid, server: target.pid }, () => work(target));
        return sample;
      });
      return sample!;
    },
  };
}
