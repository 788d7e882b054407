import type { HttpLoad, HttpLoadJob, ServeJob } from "../host/web-jobs.ts";
import { Forked } from "../process/forked.ts";
import { profileFlags } from "../process/profile-flags.ts";
import type { Measure, RatioSpec } from "../run/measure.ts";
import { cpuSecondsOf, peakBytesOf, resetPeak } from "../run/proc.ts";
import type { Sample } from "../run/sample.ts";
import type { Target } from "./target.ts";
import type { Workbench } from "./workbench.ts";

/** Requests a second, the first that the machine sustains beside its load generator. */
const RATES = [10_000, 7_500, 5_000, 2_500, 1_000];
/** What sustained means: a server that falls behind answers later and later. */
const MAX_TRIAL_P50_MS = 20;
const TRIAL_SECONDS = 1;
const P99 = "p99 ms";

interface Web {
  readonly name: string;
  readonly host: Forked;
  readonly port: number;
  readonly isCounting: boolean;
}

/**
 * The latency of an HTTP server with the adapter, and with `record()` in its handler, beside two that count nothing: what these
 * two differ by is noise.
 * Each is a process of its own.
 */
export async function httpLatency(bench: Workbench): Promise<Measure> {
  const { releases, count, options } = bench;
  const load = new Forked("http load", "host/http-load-main.js", releases);
  const serve = async (name: string, counts: ServeJob["counts"]): Promise<Web> => {
    const host = new Forked(`host ${name}`, "host/web-main.js", releases, profileFlags(options.profile));
    const port = await host.call<number>("serve", { counts, target: count.address } satisfies ServeJob);
    return { name, host, port, isCounting: counts !== "not" };
  };
  const webs = [
    await serve("without", "not"),
    await serve("middleware", "middleware"),
    await serve("record()", "record"),
    await serve("again", "not"),
  ];
  const rate = await sustained(load, webs[0]!);
  let round: readonly Sample[] = [];
  const microseconds = (of: (more: NonNullable<Sample["more"]>) => number | undefined): RatioSpec["of"] => {
    return ({ more }) => {
      const ms = more && of(more);
      return ms === undefined ? undefined : ms * 1_000;
    };
  };
  const p50 = microseconds((more) => more["p50"]);
  const p99 = microseconds((more) => more[P99]);
  // It is plain also when the machine is too busy for the latencies to say anything.
  const cpu: RatioSpec["of"] = ({ cpuSeconds: { client }, events }) => client && (client * 1e6) / events;
  const beside = (name: string, of: RatioSpec["of"], hasAim = true): RatioSpec[] => {
    const noise = `${name}, µs that "again" differs from "without": noise`;
    return [
      { name: noise, over: "again", minus: "without", of },
      ...["middleware", "record()"].map((over) => ({
        name: `${name}, µs that ${over} adds`,
        over,
        minus: "without",
        of,
        ...(hasAim ? { aim: { within: noise } } : {}),
      })),
    ];
  };
  return {
    name: "http-latency",
    title: `Latency of node:http with and without a counter, open loop of ${rate.toLocaleString("en")} requests/s`,
    unit: "p50 ms",
    events: "requests",
    figure: ({ more }) => more?.["p50"] ?? Number.NaN,
    more: [P99],
    candidates: webs.map((web, i) => ({
      name: web.name,
      async run() {
        // All take turns within a round, in the run of the first.
        if (i === 0) round = await playRound(bench, load, webs, rate);
        return round[i]!;
      },
    })),
    ratios: [...beside("p50", p50), ...beside("p99", p99), ...beside("CPU of the host per request", cpu, false)],
    warmUp: true,
    close: async () => {
      for (const process of [load, ...webs.map(({ host }) => host)]) await process.end();
    },
  };
}

async function sustained(load: Forked, { port }: Web): Promise<number> {
  for (const rate of RATES) {
    const job: HttpLoadJob = { ports: [port], rate, seconds: TRIAL_SECONDS };
    // The first is the warm-up of the second.
    await load.call("load", job);
    const [trial] = await load.call<HttpLoad[]>("load", job);
    if (trial!.p50Ms <= MAX_TRIAL_P50_MS) return rate;
  }
  return RATES.at(-1)!;
}

async function playRound(
  { count, options }: Workbench,
  load: Forked,
  webs: readonly Web[],
  rate: number,
): Promise<Sample[]> {
  await count.clear();
  const pids = webs.map(({ host }) => host.pid ?? 0);
  for (const pid of pids) await resetPeak(pid);
  const before = await Promise.all(pids.map(cpuSecondsOf));
  const job: HttpLoadJob = { ports: webs.map(({ port }) => port), rate, seconds: options.seconds };
  const loads = await load.call<HttpLoad[]>("load", job);
  const after = await Promise.all(pids.map(cpuSecondsOf));
  await check(count, webs, loads);
  return await Promise.all(
    loads.map(async ({ requests, p50Ms, p99Ms }, i): Promise<Sample> => {
      const [from, to] = [before[i], after[i]];
      const client = from === undefined || to === undefined ? undefined : to - from;
      return {
        events: requests,
        seconds: options.seconds,
        cpuSeconds: { server: undefined, postgres: undefined, client },
        peakBytes: { server: undefined, client: await peakBytesOf(pids[i]!) },
        walBytes: undefined,
        more: { p50: p50Ms, [P99]: p99Ms },
      };
    }),
  );
}

async function check(count: Target, webs: readonly Web[], loads: readonly HttpLoad[]): Promise<void> {
  let all = 0;
  for (const [i, { name, host, isCounting }] of webs.entries()) {
    if (!isCounting) continue;
    const counted = await host.call<number>("settle");
    // A load begins with a request that tells how long an answer is.
    const expected = loads[i]!.requests + 1;
    if (counted !== expected) throw new Error(`${name}: of ${expected} HTTP requests ${counted} were counted`);
    all += counted;
  }
  const stored = await count.stored();
  if (stored !== all) throw new Error(`of ${all} HTTP requests ${stored} were stored`);
}
