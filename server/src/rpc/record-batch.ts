import { RefusalReason } from "@count/proto";
import type { ServiceBinding } from "../auth/service-binding.ts";
import { BUCKET_SECONDS } from "../domain/bucket.ts";
import { REFUSAL_REASONS, type Refusal, refusal } from "../domain/refusal.ts";
import type { Batch } from "../ingest/group.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { Key } from "../ingest/key-table.ts";
import type { BatchColumns } from "../ingest/record-message.ts";

/** A batch as ingest takes it, and for each reason one example of what was refused of it. */
export interface CheckedBatch {
  readonly batch: Batch;
  readonly examples: ReadonlyMap<RefusalReason, string>;
}

/**
 * The most that one count may say: a thousand million requests a second for a quarter of an hour. Nine million of these fit
 * in the 64 bits of a daily total; with 2^53 - 1, a thousand broken counts would stop the roll-up of their day for good.
 */
const MAX_COUNT = 1_000_000_000_000;

/** Checks every count of a batch. What is refused is left out and counted; a batch is never refused as a whole. */
export function checkBatch(
  ingest: Pick<Ingest, "keys" | "times">,
  columns: BatchColumns,
  binding: ServiceBinding | undefined,
): CheckedBatch {
  const refused = REFUSAL_REASONS.map(() => 0);
  const examples = new Map<RefusalReason, string>();
  const keys: Key[] = [];
  const buckets: number[] = [];
  const counts: number[] = [];
  const refuse = ({ reason, message: why }: Refusal, requests: number): void => {
    refused[REFUSAL_REASONS.indexOf(reason)]! += requests;
    if (!examples.has(reason)) examples.set(reason, why);
  };
  const { strings, services, methods, paths } = columns;
  const uneven = unevenColumn(columns);
  for (let i = 0; i < columns.counts.length; i++) {
    const requests = columns.counts[i]!;
    if (!(requests >= 1 && requests <= MAX_COUNT)) {
      const why = `count ${requests} of entry ${i + 1}; accepted are 1 to ${MAX_COUNT}`;
      refuse(refusal(MALFORMED, why), Number.isSafeInteger(requests) ? Math.max(1, requests) : 1);
      continue;
    }
    const service = strings[services[i]!];
    const path = strings[paths[i]!];
    if (uneven !== undefined || service === undefined || path === undefined) {
      const what = service === undefined ? `service ${services[i]}` : `path ${paths[i]}`;
      const why = `entry ${i + 1} points at ${what}; accepted are strings 0 to ${strings.length - 1}`;
      refuse(refusal(MALFORMED, uneven ?? why), requests);
      continue;
    }
    const bound = binding === undefined ? service : binding.serviceOf(service);
    if (typeof bound !== "string") {
      refuse(bound, requests);
      continue;
    }
    const key = ingest.keys.find(bound, methods[i]!, path);
    if (!(key instanceof Key)) {
      refuse(key, requests);
      continue;
    }
    const bucket = ingest.times.bucketOfSeconds(columns.buckets[i]! * BUCKET_SECONDS);
    if (typeof bucket !== "number") {
      refuse(bucket, requests);
      continue;
    }
    keys.push(key);
    buckets.push(bucket);
    counts.push(requests);
  }
  // Only a sender that is broken has dropped more.
  const dropped = Math.min(columns.dropped, Number.MAX_SAFE_INTEGER);
  const batch = { number: columns.number, keys, buckets, counts, refused, dropped };
  return { batch, examples };
}

/** Why the columns do not fit together, if they do not. */
function unevenColumn({ services, methods, paths, buckets, counts }: BatchColumns): string | undefined {
  for (const [name, column] of Object.entries({ services, methods, paths, buckets })) {
    if (column.length !== counts.length) {
      return `column ${name} has ${column.length} entries and counts has ${counts.length}; accepted are columns of one length`;
    }
  }
  return undefined;
}

const MALFORMED = RefusalReason.BATCH_MALFORMED;
