import { fromBinary } from "@bufbuild/protobuf";
import { countService, Method, RecordBatchSchema } from "@count/proto";
import { status } from "@grpc/grpc-js";
import type { SealedBatch } from "../batch/sealed-batch.ts";
import { BUCKET_MS } from "../counting/bucket.ts";
import type { CallStatus, Transport } from "../transport/transport.ts";
import type { Ledger } from "./ledger.ts";

interface Entry {
  readonly request: Buffer;
  requests: number;
}

/** Messages of one call: what a broken call may count twice, at most. */
const MAX_MESSAGES = 1_000;
/** Calls at a time. The original server has a small pool of connections. */
const CALLS = 4;

/** One message for each request, in calls of at most {@link MAX_MESSAGES} of one key. */
function entriesOf(batch: SealedBatch): Entry[] {
  const { strings, services, methods, paths, buckets, counts } = fromBinary(RecordBatchSchema, batch.body);
  return counts.map((count, at) => {
    const method = methods[at]!;
    const request = countService.add.requestSerialize({
      $typeName: "count.v1.AddRequest",
      // The original protocol ends at TRACE; its clients send 0 for whatever they do not know.
      method: method === Method.PATCH || method === Method.OTHER ? Method.METHOD_UNSPECIFIED : method,
      path: strings[paths[at]!]!,
      requestTimestamp: {
        $typeName: "google.protobuf.Timestamp",
        seconds: (buckets[at]! * BigInt(BUCKET_MS)) / 1_000n,
        nanos: 0,
      },
      service: strings[services[at]!]!,
    });
    return { request, requests: Number(count) };
  });
}

/**
 * Delivers batches to a server that has no Record, with Add: n messages for a count of n. A key that the server refuses
 * is accounted for as refused. A call that breaks is repeated, and may then count up to 1,000 requests twice.
 */
export class AddDelivery {
  readonly #transport: Transport;
  readonly #ledger: Ledger;
  #batch: string | undefined;
  #entries: Entry[] = [];

  constructor(transport: Transport, ledger: Ledger) {
    this.#transport = transport;
    this.#ledger = ledger;
  }

  /**
   * Delivers a batch, or goes on with it when it is the one (by `name`) that failed last. Resolves with OK when all of it
   * was answered for, else with the first failure.
   */
  async deliver(name: string, batch: SealedBatch, signal: AbortSignal): Promise<CallStatus> {
    if (this.#batch !== name) {
      this.#batch = name;
      this.#entries = entriesOf(batch);
    }
    const todo = this.#entries.filter(({ requests }) => requests > 0);
    let failure: CallStatus | undefined;
    const work = async (): Promise<void> => {
      for (let entry = todo.pop(); entry !== undefined && failure === undefined; entry = todo.pop()) {
        const result = await this.#send(entry, signal);
        if (result.code !== status.OK) failure ??= result;
      }
    };
    await Promise.all(Array.from({ length: CALLS }, work));
    if (failure !== undefined) return failure;
    this.#batch = undefined;
    this.#entries = [];
    return { code: status.OK, details: "" };
  }

  async #send(entry: Entry, signal: AbortSignal): Promise<CallStatus> {
    while (entry.requests > 0) {
      const messages = Math.min(entry.requests, MAX_MESSAGES);
      const result = await this.#transport.add(repeat(entry.request, messages), signal);
      if (result.code === status.INVALID_ARGUMENT) {
        this.#ledger.addRefused("add_invalid_argument", entry.requests);
        entry.requests = 0;
      } else if (result.code === status.OK) entry.requests -= messages;
      else return result;
    }
    return { code: status.OK, details: "" };
  }
}

function* repeat(request: Buffer, times: number): Generator<Buffer> {
  for (let i = 0; i < times; i++) yield request;
}
