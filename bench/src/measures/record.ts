import type { Delivered } from "../load/record-jobs.ts";
import type { Candidate, Measure, RatioSpec } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import { rateOf, type Sample } from "../run/sample.ts";
import { addStreamsCandidate } from "./add.ts";
import { copyCandidate } from "./copy-candidate.ts";
import { exactly, type Target } from "./target.ts";
import type { Workbench } from "./workbench.ts";

/**
 * From `record()` to the database: two processes with a counter each, which record one request after another and close; timed
 * until both have closed with everything acknowledged, the making of the connection included.
 */
export function recordFew(bench: Workbench): Measure {
  const { recordClients, options } = bench;
  return recordMeasure(bench, {
    name: "record-few",
    title: "Record, 2 client processes, record() once a request, 200 pairs, to the last acknowledgement",
    timesBaseline: 300,
    work: ({ address }) => recordClients.few({ address, seconds: options.seconds }),
    candidates: [copyCandidate(bench)],
    ratios: [
      { name: "rate, count ÷ COPY of a row each", over: "count", under: "copy", of: rateOf },
      { name: "CPU s per million, count in all", over: "count", of: cpuSecondsPerMillion, aim: { atMost: 1 } },
    ],
  });
}

/**
 * Very many clients that have little to say: batches of ten requests. They are counters with a connection each, in two processes,
 * so what a client costs is the client's, and the processes' own share is spread over many.
 */
export async function recordSmall(bench: Workbench): Promise<Measure> {
  const { recordClients, options, count, bare } = bench;
  for (const { address } of [count, bare]) await recordClients.connect({ address, counters: options.clients });
  return recordMeasure(bench, {
    name: "record-small",
    title: `Record, ${options.clients.toLocaleString("en")} small clients with a connection each, batches of ten requests`,
    timesBaseline: 30,
    work: ({ address }) => recordClients.small({ address, seconds: options.seconds }),
    candidates: [],
    ratios: [],
    close: () => recordClients.disconnect(),
  });
}

interface Spec {
  readonly name: string;
  readonly title: string;
  /** How many times as fast as the baseline it should be. */
  readonly timesBaseline: number;
  readonly work: (target: Target) => Promise<Delivered>;
  /** More than the usual. */
  readonly candidates: readonly Candidate[];
  readonly ratios: readonly RatioSpec[];
  readonly close?: () => Promise<void>;
}

function recordMeasure(bench: Workbench, spec: Spec): Measure {
  const { postgres, recordClients, count, baseline, bare, peer } = bench;
  /** @param eventsOf what the target is expected to have got */
  const candidate = (target: Target, eventsOf: (delivered: Delivered) => number): Candidate => ({
    name: target.name,
    async run() {
      await target.clear();
      let sample: Sample | undefined;
      await exactly(target, async () => {
        let delivered: Delivered | undefined;
        sample = await metered({ postgres, client: recordClients.pids, server: target.pid }, async () => {
          const start = performance.now();
          delivered = await spec.work(target);
          return { events: delivered.requests, seconds: (performance.now() - start) / 1_000 };
        });
        return { events: eventsOf(delivered!), seconds: sample.seconds };
      });
      return sample!;
    },
  });
  const aim = { atLeast: spec.timesBaseline };
  return {
    name: spec.name,
    title: spec.title,
    unit: "requests/s",
    events: "requests",
    figure: rateOf,
    candidates: [
      candidate(count, ({ requests }) => requests),
      addStreamsCandidate(bench, baseline),
      // It does not look into its messages, and so counts them.
      candidate(bare, ({ batches }) => batches),
      ...spec.candidates,
      ...(peer === undefined ? [] : [addStreamsCandidate(bench, peer)]),
    ],
    ratios: [
      { name: "rate, count ÷ baseline (Add)", over: "count", under: "baseline", of: rateOf, aim },
      { name: "rate, count ÷ bare stream", over: "count", under: "bare", of: rateOf },
      { name: "rate, count ÷ peer (Add)", over: "count", under: "peer", of: rateOf },
      ...spec.ratios,
    ],
    warmUp: true,
    ...(spec.close && { close: spec.close }),
  };
}

function cpuSecondsPerMillion({ events, cpuSeconds: { server, postgres, client } }: Sample): number | undefined {
  if (server === undefined || postgres === undefined || client === undefined) return undefined;
  return ((server + postgres + client) * 1e6) / events;
}
