import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCounter } from "../../src/index.ts";
import { BreakingProxy } from "../support/breaking-proxy.ts";
import { FakeDatabase, type Faults, RecordServer } from "../support/record-server.ts";
import { expectInvariant, sumOf } from "../support/statistics.ts";
import { until } from "../support/until.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Waits until something is so, but not for long: it may not come. */
async function soon(isSo: () => boolean): Promise<void> {
  await until(isSo, 100).catch(() => undefined);
}

/** What a schedule does between two bursts of requests. */
const fault = fc.constantFrom(
  "nothing",
  "cut streams",
  "cut connections",
  "half-close",
  "kill and restart",
  "swallow acks for a while",
  "swallow answers for a while",
  "delay",
  "commit late",
  "flaky",
  "pause",
);

const schedule = fc.array(fc.record({ fault, requests: fc.integer({ min: 0, max: 300 }), waitMs: fc.nat(40) }), {
  minLength: 5,
  maxLength: 25,
});

describe("delivery under faults", () => {
  test("stores every request exactly once, whatever breaks between two servers of one database and a client", async () => {
    let runs = 0;
    let resent = 0;
    let repeated = 0;
    await fc.assert(
      fc.asyncProperty(schedule, fc.nat(), async (steps, seed) => {
        const database = new FakeDatabase();
        database.refusedPaths.add("/refused");
        const servers = [await RecordServer.start(database), await RecordServer.start(database)] as const;
        const proxies = await Promise.all(servers.map((server) => BreakingProxy.start(() => server.port)));
        const counter = createCounter({
          target: `ipv4:${proxies.map(({ target }) => target).join(",")}`,
          sealAfterMs: 3,
          flushAtExitMs: 0,
          logger: { warn: () => undefined, debug: () => undefined },
          delivery: { minBackoffMs: 2, maxBackoffMs: 10, ackTimeoutMs: 60, helloTimeoutMs: 60, maxStreamAgeMs: 80 },
        });
        cleanups.push(async () => {
          await counter.close({ limitMs: 0 });
          for (const server of servers) server.kill();
          for (const proxy of proxies) await proxy.close();
        });
        let count = seed;
        runs++;
        for (const step of steps) {
          // Most faults do nothing to a client that is still connecting.
          await soon(() => counter.statistics().state === "streaming");
          const { batchesSent } = counter.statistics();
          const at = count % 2;
          const [server, proxy] = [servers[at]!, proxies[at]!];
          const all = (faults: Partial<Faults>): void => {
            for (const each of servers) Object.assign(each.faults, faults);
          };
          if (step.fault === "cut streams") server.cut();
          else if (step.fault === "cut connections") proxy.cut();
          else if (step.fault === "half-close") proxy.halfClose();
          else if (step.fault === "kill and restart") await server.restart();
          else if (step.fault === "swallow acks for a while") all({ swallowAcks: true });
          else if (step.fault === "swallow answers for a while") proxy.swallowAnswers = true;
          else if (step.fault === "delay") all({ delayMs: 5 });
          else if (step.fault === "commit late") all({ delayMs: 30 });
          else if (step.fault === "flaky") all({ cutBefore: 0.3, cutAfter: 0.3 });
          for (let i = 0; i < step.requests; i++) {
            counter.record("GET", count % 10 === 0 ? "/refused" : `/${count % 40}`);
            count++;
          }
          expectInvariant(counter.statistics());
          await new Promise((resolve) => setTimeout(resolve, step.waitMs));
          if (step.fault === "commit late") {
            await soon(() => counter.statistics().batchesSent > batchesSent);
            for (const each of servers) each.cut();
          }
          all({ swallowAcks: false, delayMs: 0, cutBefore: 0, cutAfter: 0 });
          for (const each of proxies) each.swallowAnswers = false;
        }
        const report = await counter.close({ limitMs: 20_000 });
        expectInvariant(report);
        expect(servers.map(({ gaps }) => gaps)).toEqual([0, 0]);
        repeated += database.repeated;
        resent += counter.statistics().batchesResent;
        expect(report.recorded).toBe(count - seed);
        expect(sumOf(report.dropped)).toBe(0);
        expect(report.pending).toBe(0);
        expect(sumOf(report.refused)).toBe(database.refusedTotal);
        expect(database.total + database.refusedTotal).toBe(report.recorded);
        for (const cleanup of cleanups.splice(0)) await cleanup();
      }),
      { numRuns: Number(process.env["FAULT_RUNS"] ?? 12), endOnFailure: true },
    );
    // That the schedules break something: batches were sent again, and met again where they had been applied.
    if (runs >= 12) expect(resent).toBeGreaterThan(0);
    if (runs >= 100) expect(repeated).toBeGreaterThan(0);
  });
});
