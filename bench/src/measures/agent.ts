import { setTimeout as delay } from "node:timers/promises";
import { type ProxyProcess, startAgent } from "../agent/agent-process.ts";
import type { ClosedLoop, ClosedLoopJob } from "../agent/jobs.ts";
import { startNginx } from "../agent/nginx.ts";
import type { ServeJob } from "../host/web-jobs.ts";
import { Forked } from "../process/forked.ts";
import type { Candidate, Measure, RatioSpec } from "../run/measure.ts";
import { metered, type Work } from "../run/metered.ts";
import { rateOf } from "../run/sample.ts";
import type { Target } from "./target.ts";
import type { Workbench } from "./workbench.ts";

const CONNECTIONS = 32;
/** One request at a time, on one connection. */
const ALONE = { connections: 1, share: 0.5 };
const STORED_LIMIT_MS = 20_000;
const P50 = "p50 ms alone";
const P99 = "p99 ms alone";
const ADDED_P50 = "added p50 ms";
const ADDED_P99 = "added p99 ms";

interface Way extends ProxyProcess {
  readonly name: string;
  readonly isCounting: boolean;
}

/**
 * A plain node:http server by itself, behind the agent's proxy, and behind nginx, which counts nothing: requests a second on
 * many connections, and the latency of one request at a time, from which what the proxy adds to it in the same round.
 */
export async function agentProxy(bench: Workbench): Promise<Measure> {
  const { releases, count, options } = bench;
  const app = new Forked("application", "host/web-main.js", releases);
  const appPort = await app.call<number>("serve", { counts: "not", target: count.address } satisfies ServeJob);
  const load = new Forked("agent load", "agent/load-main.js", releases);
  const direct: Way = { name: "direct", port: appPort, pid: undefined, isCounting: false };
  const agent: Way = {
    name: "agent",
    isCounting: true,
    ...(await startAgent(appPort, count.address, releases, options.profile)),
  };
  let nginx: Promise<Way> | undefined;
  let alone: ClosedLoop | undefined;

  const run = async (way: Way): Promise<Work> => {
    const many = await load.call<ClosedLoop>("closedLoop", {
      port: way.port,
      connections: CONNECTIONS,
      seconds: options.seconds,
    } satisfies ClosedLoopJob);
    const one = await load.call<ClosedLoop>("closedLoop", {
      port: way.port,
      connections: ALONE.connections,
      seconds: options.seconds * ALONE.share,
    } satisfies ClosedLoopJob);
    if (way === direct) alone = one;
    // Each loop begins with a request that tells how long an answer is.
    if (way.isCounting) await exactlyStored(count, many.requests + one.requests + 2);
    return {
      events: many.requests,
      seconds: many.seconds,
      more: {
        [P50]: one.p50Ms,
        [P99]: one.p99Ms,
        [ADDED_P50]: one.p50Ms - (alone?.p50Ms ?? Number.NaN),
        [ADDED_P99]: one.p99Ms - (alone?.p99Ms ?? Number.NaN),
      },
    };
  };
  const candidate = (name: string, open: () => Promise<Way> | Way): Candidate => ({
    name,
    mayFail: name === "nginx",
    async run() {
      const way = await open();
      await count.clear();
      return metered({ postgres: bench.postgres, client: load.pid, server: way.pid }, () => run(way));
    },
  });
  const beside = (name: string, of: RatioSpec["of"], under: string): RatioSpec[] =>
    ["agent", "nginx"]
      .filter((over) => over !== under)
      .map((over) => ({ name: `${name}, ${over} ÷ ${under}`, over, under, of }));
  return {
    name: "agent",
    title: `node:http with the agent's proxy in front: closed loop of ${CONNECTIONS} connections, then of one`,
    unit: "requests/s",
    events: "requests",
    figure: rateOf,
    more: [P50, P99, ADDED_P50, ADDED_P99],
    candidates: [
      candidate("direct", () => direct),
      candidate("agent", () => agent),
      candidate("nginx", () => {
        nginx ??= startNginx(appPort, releases).then((process) => ({ name: "nginx", isCounting: false, ...process }));
        return nginx;
      }),
    ],
    ratios: [
      ...beside("rate", rateOf, "direct"),
      ...beside("rate", rateOf, "nginx"),
      ...beside("p50 alone", ({ more }) => more?.[P50], "direct"),
    ],
    warmUp: true,
  };
}

/** Waits until the agent has delivered what passed. @throws Error with both numbers when they differ */
async function exactlyStored(count: Target, expected: number): Promise<void> {
  const endMs = performance.now() + STORED_LIMIT_MS;
  let stored = await count.stored();
  while (stored < expected && performance.now() < endMs) {
    await delay(50);
    stored = await count.stored();
  }
  if (stored !== expected) throw new Error(`of ${expected} requests that passed the agent ${stored} were stored`);
}
