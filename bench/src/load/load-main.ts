import { Client, credentials } from "@grpc/grpc-js";
import { serveCalls } from "../process/serve-calls.ts";
import { addMessages } from "./add-messages.ts";
import { addStream } from "./add-stream.ts";
import type { CallJob, CallResult, FloodJob, Jobs, StreamsJob } from "./jobs.ts";
import { overload } from "./overload.ts";

// The client of every candidate: a process of its own.

const clients = new Map<string, Client>();
const identity = (bytes: Buffer): Buffer => bytes;

/**
 * By default grpc-js keeps 1 MiB of sent messages of each call for retries, some 30,000 of them, says until then that there is
 * room, and copies the list of those that are left with each message that it sends: a flood takes 70 µs of CPU per message
 * in the client, and 8 µs with a small buffer (grpc-js 1.14.7, `clearSentMessages` in `retrying-call.ts`; turning retries off
 * does not change it).
 */
const RETRY_BUFFER_BYTES = 16_384;

/** One connection for each server, kept. */
function clientOf(address: string): Client {
  const known = clients.get(address);
  if (known !== undefined) return known;
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.per_rpc_retry_buffer_size": RETRY_BUFFER_BYTES,
  });
  clients.set(address, client);
  return client;
}

const jobs: Jobs = {
  async streams({ address, streams, messages, seconds }: StreamsJob) {
    const client = clientOf(address);
    const list = addMessages();
    const start = performance.now();
    const end = start + seconds * 1_000;
    let events = 0;
    const loop = async (first: number): Promise<void> => {
      for (let next = first; performance.now() < end; next += messages) {
        await addStream(client, list, next, messages);
        events += messages;
      }
    };
    await Promise.all(Array.from({ length: streams }, (_, i) => loop(i * messages)));
    return { events, seconds: (performance.now() - start) / 1_000 };
  },

  async flood({ address, messages }: FloodJob) {
    const client = clientOf(address);
    const list = addMessages();
    const start = performance.now();
    await addStream(client, list, 0, messages);
    return { events: messages, seconds: (performance.now() - start) / 1_000 };
  },

  overload,

  async call({ address, path, request, times }: CallJob): Promise<CallResult> {
    const client = clientOf(address);
    const encoded = Buffer.from(request);
    const one = (): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest<Buffer, Buffer>(path, identity, identity, encoded, (error, response) => {
          if (error === null) resolve(response ?? Buffer.alloc(0));
          else reject(error);
        });
      });
    let response: Buffer = Buffer.alloc(0);
    const start = performance.now();
    for (let i = 0; i < times; i += 1) response = await one();
    return { seconds: (performance.now() - start) / 1_000, response };
  },
};

serveCalls({ ...jobs });
