import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { addMessages } from "./add-messages.ts";
import type { Overload, OverloadJob } from "./jobs.ts";
import { openAddStream } from "./open-add-stream.ts";

const EVERY_MS = 5;
const PROBE_EVERY_MS = 100;
/** An answer to a single request within so much is that of a server that has nothing else to do. */
const RECOVERED_MS = 100;
const RECOVERY_LIMIT_MS = 120_000;

/**
 * Add streams for which messages become due at a rate, on many connections, whatever the server takes; HTTP/2's flow control
 * keeps what it does not take here. Then they end, and the time runs until all is answered and a single request is answered fast.
 */
export async function overload(job: OverloadJob): Promise<Overload> {
  const { address, connections, streams, rate, seconds } = job;
  const clients = Array.from({ length: connections }, () => clientOf(address));
  const prober = clientOf(address);
  try {
    const list = addMessages();
    const open = Array.from({ length: streams }, (_, i) => openAddStream(clients[i % connections]!));
    const probes: Promise<number>[] = [];
    const start = performance.now();
    for (let elapsed = 0, nextProbe = 0; elapsed < seconds * 1_000; elapsed = performance.now() - start) {
      const due = Math.floor(((elapsed / 1_000) * rate) / streams);
      for (const stream of open) while (stream.written < due && stream.write(list[stream.written % list.length]!));
      if (elapsed >= nextProbe) {
        probes.push(probe(prober, list[0]!));
        nextProbe += PROBE_EVERY_MS;
      }
      await delay(EVERY_MS);
    }
    const ended = performance.now();
    await Promise.all(open.map((stream) => stream.end()));
    const probed = await Promise.all(probes);
    const recoveries = await recovered(prober, list[0]!, ended);
    const written = open.reduce((sum, stream) => sum + stream.written, 0);
    return {
      events: written + probed.length + recoveries,
      due: Math.floor(rate * seconds),
      seconds: (ended - start) / 1_000,
      recoverySeconds: (performance.now() - ended) / 1_000,
      probeMs: Math.max(...probed),
    };
  } finally {
    for (const client of [...clients, prober]) client.close();
  }
}

function clientOf(address: string): Client {
  return new Client(address, credentials.createInsecure(), {
    // A connection for each.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.per_rpc_retry_buffer_size": 16_384,
  });
}

/** One request on a stream of its own. @returns milliseconds until its answer */
async function probe(client: Client, message: Buffer): Promise<number> {
  const start = performance.now();
  const stream = openAddStream(client);
  stream.write(message);
  await stream.end();
  return performance.now() - start;
}

/** Asks until an answer comes fast. @returns how often it asked */
async function recovered(client: Client, message: Buffer, ended: number): Promise<number> {
  for (let asked = 1; ; asked += 1) {
    if ((await probe(client, message)) <= RECOVERED_MS) return asked;
    if (performance.now() - ended > RECOVERY_LIMIT_MS) throw new Error("the server has not recovered in two minutes");
  }
}
