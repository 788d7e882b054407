import { create, toBinary } from "@bufbuild/protobuf";
import { encodeCounts, type SealedBatch } from "@count/client/parts";
import { METHOD_NUMBERS, Method, RecordBatchSchema } from "@count/proto";
import type { Counts } from "../../ingest/tally.ts";

/** Counts that a batch of this package's client has at most. */
const MAX_ROWS = 1_000;

/** Keys have no other numbers. */
const METHODS = new Map<number, Method>(METHOD_NUMBERS.map((method) => [method, method]));

/** Counts as one batch, whatever their number: what one sender sealed together stays together. */
export function sealWhole(counts: Counts, dropped: number): SealedBatch {
  if (counts.keys.length <= MAX_ROWS) return sealPart(counts, 0, counts.keys.length, dropped);
  const strings: string[] = [];
  const known = new Map<string, number>();
  const indexOf = (text: string): number => {
    let index = known.get(text);
    if (index === undefined) {
      index = strings.push(text) - 1;
      known.set(text, index);
    }
    return index;
  };
  const batch = create(RecordBatchSchema, {
    services: counts.keys.map(({ service }) => indexOf(service)),
    methods: counts.keys.map(({ method }) => METHODS.get(method) ?? Method.OTHER),
    paths: counts.keys.map(({ path }) => indexOf(path)),
    buckets: counts.buckets.map(BigInt),
    counts: counts.counts.map(BigInt),
  });
  batch.strings = strings;
  const requests = counts.counts.reduce((sum, count) => sum + count, 0);
  return { body: toBinary(RecordBatchSchema, batch), requests, dropped, sealedAtMs: 0 };
}

/** Counts as batches of at most 1,000. */
export function* sealInParts(counts: Counts, dropped: number): Generator<SealedBatch> {
  for (let from = 0; from < counts.keys.length; from += MAX_ROWS) {
    yield sealPart(counts, from, Math.min(from + MAX_ROWS, counts.keys.length), dropped);
  }
}

function sealPart({ keys, buckets, counts }: Counts, from: number, to: number, dropped: number): SealedBatch {
  const rows = keys.slice(from, to).map(({ service, method, path }, at) => ({
    service,
    method,
    path,
    bucket: buckets[from + at]!,
    count: counts[from + at]!,
  }));
  return { ...encodeCounts(rows), dropped };
}
