import { createCounter } from "@count/client";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { rollUp } from "../../src/rollup/roll-up.ts";
import { addMessage, clear, databaseOfThisFile, NOW_MS, storedRequests } from "../ingest/ingest-support.ts";
import { days } from "../rollup/pending.ts";
import { AddCall, type CountServer, serveCount } from "../rpc/count-calls.ts";
import { Wire } from "../rpc/grpc-server-support.ts";
import { type Fault, faults, faulty, pause } from "./faults.ts";

const db = databaseOfThisFile();

const steps = fc.array(
  fc.record({
    what: fc.constantFrom("burst", "burst", "burst", "roll up", "restart", "cut"),
    server: fc.nat(1),
    requests: fc.integer({ min: 1, max: 60 }),
    waitMs: fc.nat(15),
  }),
  { minLength: 3, maxLength: 12 },
);
const november = days("2026-11-01", "2026-11-30");

/** Two servers on one database, each of which can be replaced. */
class Servers {
  readonly current: CountServer[] = [];
  readonly running = new Set<Promise<unknown>>();
  readonly #wires: Wire[] = [];
  readonly #faults: readonly Fault[][];

  constructor(faults: readonly Fault[][]) {
    this.#faults = faults;
  }

  /** On the port of the one that it replaces. */
  async start(at: number): Promise<void> {
    const port = this.current[at]?.port;
    await this.#wires[at]?.[Symbol.asyncDispose]();
    const wire = new Wire();
    this.#wires[at] = wire;
    this.current[at] = await serveCount(wire, faulty(db().database, this.#faults[at] ?? [], this.running), {}, port);
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) await wire[Symbol.asyncDispose]();
    await Promise.all(this.running);
  }
}

test("Record: what the clients recorded is stored exactly once, whatever breaks", async () => {
  let resent = 0;
  await fc.assert(
    fc.asyncProperty(steps, faults, async (steps, faults) => {
      await clear(db());
      const servers = new Servers(faults);
      await servers.start(0);
      await servers.start(1);
      const counters = [0, 1].map((at) =>
        createCounter({
          // Each begins with another server.
          target: `ipv4:${[0, 1].map((i) => `127.0.0.1:${servers.current[(at + i) % 2]!.port}`).join(",")}`,
          sealAfterMs: 2,
          flushAtExitMs: 0,
          now: () => NOW_MS,
          logger: { warn: () => undefined, debug: () => undefined },
          delivery: { minBackoffMs: 2, maxBackoffMs: 20, maxStreamAgeMs: 50, connectTimeoutMs: 1_000 },
        }),
      );
      for (const { what, server, requests, waitMs } of steps) {
        if (what === "burst") {
          for (let i = 0; i < requests; i++) counters[server]!.record("GET", `/${i % 7}`);
        } else if (what === "roll up") {
          await rollUp(db().database, november);
        } else if (what === "restart") {
          await servers.start(server);
        }
        await pause(waitMs);
      }
      const reports = await Promise.all(counters.map((counter) => counter.close({ limitMs: 20_000 })));
      resent += counters.reduce((sum, counter) => sum + counter.statistics().batchesResent, 0);
      await servers.close();
      for (const { recorded, acknowledged, pending } of reports)
        expect({ acknowledged, pending }).toEqual({ acknowledged: recorded, pending: 0 });
      const recorded = reports.reduce((sum, report) => sum + report.recorded, 0);
      expect(await storedRequests(db())).toBe(recorded);
      await rollUp(db().database, november);
      expect(await storedRequests(db())).toBe(recorded);
    }),
    { numRuns: 30 },
  );
  expect(resent).toBeGreaterThan(0);
});

test("Add: what is stored lies between what was answered for and what was sent, and nothing twice", async () => {
  await fc.assert(
    fc.asyncProperty(steps, faults, async (steps, faults) => {
      await clear(db());
      const servers = new Servers(faults);
      await servers.start(0);
      await servers.start(1);
      let sent = 0;
      let answered = 0;
      const calls: Promise<void>[] = [];
      for (const { what, server, requests, waitMs } of steps) {
        if (what === "roll up") await rollUp(db().database, november);
        else if (what === "restart") await servers.start(server);
        else {
          const add = new AddCall(servers.current[server]!.client);
          for (let i = 0; i < requests; i++) add.call.write(addMessage({ path: `/${i % 7}` }));
          sent += requests;
          add.call.end();
          calls.push(
            add.answer.then((answer) => {
              if (answer === "OK") answered += requests;
            }),
          );
          if (what === "cut") setTimeout(() => add.call.cancel(), waitMs);
        }
        await pause(waitMs);
      }
      await Promise.all(calls);
      await servers.close();
      const stored = await storedRequests(db());
      expect(stored).toBeGreaterThanOrEqual(answered);
      expect(stored).toBeLessThanOrEqual(sent);
      await rollUp(db().database, november);
      expect(await storedRequests(db())).toBe(stored);
    }),
    { numRuns: 30 },
  );
});

test("Add: where every stream is answered for, exactly what was sent is stored, however often a commit's answer is lost", async () => {
  const repeating = fc.array(fc.constantFrom<Fault>("none", "repeated"), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
      repeating,
      async (streams, faults) => {
        await clear(db());
        await using wire = new Wire();
        const { client } = await serveCount(wire, faulty(db().database, faults, new Set()));
        const rolling = rollUp(db().database, november);
        const answers = await Promise.all(
          streams.map((n) =>
            AddCall.all(
              client,
              Array.from({ length: n }, (_, i) => addMessage({ path: `/${i % 5}` })),
            ),
          ),
        );
        await rolling;
        expect(answers).toEqual(streams.map(() => "OK"));
        await rollUp(db().database, november);
        expect(await storedRequests(db())).toBe(streams.reduce((sum, n) => sum + n, 0));
      },
    ),
    { numRuns: 15 },
  );
});
