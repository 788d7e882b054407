import { type RecordBatch, RefusalReason } from "@count/proto";
import { BUCKET_SECONDS } from "../domain/bucket.ts";
import { REFUSAL_REASONS, type Refusal, refusal } from "../domain/refusal.ts";
import type { Batch } from "../ingest/group.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { Key } from "../ingest/key-table.ts";

/** A batch as ingest takes it, and for each reason one example of what was refused of it. */
export interface CheckedBatch {
  readonly batch: Batch;
  readonly examples: ReadonlyMap<RefusalReason, string>;
}

/** Checks every count of a batch. What is refused is left out and counted; a batch is never refused as a whole. */
export function checkBatch(ingest: Pick<Ingest, "keys" | "times">, message: RecordBatch): CheckedBatch {
  const refused = REFUSAL_REASONS.map(() => 0);
  const examples = new Map<RefusalReason, string>();
  const keys: Key[] = [];
  const buckets: number[] = [];
  const counts: number[] = [];
  const refuse = ({ reason, message: why }: Refusal, requests: number): void => {
    refused[REFUSAL_REASONS.indexOf(reason)]! += requests;
    if (!examples.has(reason)) examples.set(reason, why);
  };
  // Strings go by their bytes, see KeyTable. protobuf-es has replaced what was not UTF-8 in a string that is malformed.
  const strings = message.strings.map((text) => Buffer.from(text).toString("latin1"));
  const columns = [message.services, message.methods, message.paths, message.buckets];
  const uneven = columns.some((column) => column.length !== message.counts.length);
  for (let i = 0; i < message.counts.length; i++) {
    const requests = Number(message.counts[i]);
    if (!Number.isSafeInteger(requests) || requests < 1) {
      refuse(refusal(MALFORMED, `count ${message.counts[i]} of entry ${i + 1}; accepted are 1 to 2^53 - 1`), 1);
      continue;
    }
    const service = strings[message.services[i] ?? -1];
    const path = strings[message.paths[i] ?? -1];
    if (uneven || service === undefined || path === undefined) {
      refuse(
        refusal(MALFORMED, `entry ${i + 1} has no ${service === undefined ? "service" : "path"} or method`),
        requests,
      );
      continue;
    }
    const key = ingest.keys.find(service, message.methods[i]!, path);
    if (!(key instanceof Key)) {
      refuse(key, requests);
      continue;
    }
    const bucket = ingest.times.bucketOfSeconds(Number(message.buckets[i]) * BUCKET_SECONDS);
    if (typeof bucket !== "number") {
      refuse(bucket, requests);
      continue;
    }
    keys.push(key);
    buckets.push(bucket);
    counts.push(requests);
  }
  // Only a sender that is broken has dropped more.
  const dropped = Math.min(Number(message.dropped), Number.MAX_SAFE_INTEGER);
  const batch = { number: Number(message.number), keys, buckets, counts, refused, dropped };
  return { batch, examples };
}

const MALFORMED = RefusalReason.BATCH_MALFORMED;
