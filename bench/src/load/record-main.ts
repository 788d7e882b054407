import { setImmediate as turn } from "node:timers/promises";
import { createCounter } from "@count/client";
import { serveCalls } from "../process/serve-calls.ts";
import { deliveredSince } from "./delivered.ts";
import { NAMED_PAIRS } from "./pairs.ts";
import type { ConnectJob, FewJob, RecordJobs, SmallJob } from "./record-jobs.ts";
import { SmallClients } from "./small-clients.ts";

// A client process of Record, with the client library as a host has it.

/** Requests between two turns of the event loop: some 0.3 ms, as in a busy host. */
const REQUESTS_PER_TURN = 4_000;
const CLOSE_LIMIT_MS = 60_000;

const small = new Map<string, SmallClients>();

const jobs: RecordJobs = {
  async few({ address, seconds }: FewJob) {
    const counter = createCounter({ target: address });
    const endMs = performance.now() + seconds * 1_000;
    while (performance.now() < endMs) {
      for (let i = 0; i < REQUESTS_PER_TURN / NAMED_PAIRS.length; i += 1) {
        for (const { method, path } of NAMED_PAIRS) counter.record(method, path);
      }
      await turn();
    }
    await counter.close({ limitMs: CLOSE_LIMIT_MS });
    return deliveredSince(undefined, counter);
  },

  async connect({ address, counters }: ConnectJob) {
    const clients = small.get(address) ?? new SmallClients();
    small.set(address, clients);
    await clients.connect(address, counters);
  },

  async small({ address, seconds }: SmallJob) {
    const clients = small.get(address);
    if (clients === undefined) throw new RangeError(`no clients are connected to ${address}`);
    return await clients.run(seconds);
  },

  async disconnect() {
    for (const clients of small.values()) await clients.close();
    small.clear();
  },
};

serveCalls({ ...jobs });
