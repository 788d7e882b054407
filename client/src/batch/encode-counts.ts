import { methodName } from "@count/proto";
import { CountClientError } from "../count-client-error.ts";
import { isStorableTime } from "../counting/bucket.ts";
import type { Text } from "../counting/key-table.ts";
import { emptyColumns, MAX_BATCH_KEYS } from "./columns.ts";
import { encodeText } from "./encode-text.ts";
import type { SealedBatch } from "./sealed-batch.ts";

/** How often a (service, method, path) was requested in a 15-minute interval. */
export interface CountRow {
  readonly service: string;
  /** A number of `Method`. */
  readonly method: number;
  readonly path: string;
  /** Seconds since 1970-01-01T00:00:00Z divided by 900, rounded down. */
  readonly bucket: number;
  /** At least 1. */
  readonly count: number;
}

/**
 * Seals rows, in their order: the same rows give the same bytes. Paths and services are the caller's to cut; what the
 * server does not like it refuses and reports.
 *
 * @throws CountClientError `invalid` when a row cannot be encoded, or there are more than 1,000.
 */
export function encodeCounts(rows: readonly CountRow[]): SealedBatch {
  if (rows.length > MAX_BATCH_KEYS) {
    throw new CountClientError("invalid", `a batch of ${rows.length} rows is over ${MAX_BATCH_KEYS}`);
  }
  const columns = emptyColumns();
  const texts = new Map<string, Text>();
  const textOf = (value: string): Text => {
    let text = texts.get(value);
    if (text === undefined) {
      text = { value, bytes: encodeText(value), stamp: 0, index: 0, holders: 0 };
      texts.set(value, text);
    }
    return text;
  };
  for (const { service, method, path, bucket, count } of rows) {
    if (methodName(method) === undefined) throw new CountClientError("invalid", `method ${method} is not in Method`);
    if (!(Number.isSafeInteger(bucket) && isStorableTime(bucket * 900_000))) {
      throw new CountClientError("invalid", `bucket ${bucket} is not in the years 1 to 9999`);
    }
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new CountClientError("invalid", `count ${count} is not a whole number of at least 1`);
    }
    columns.add(textOf(service), method, textOf(path), bucket, count);
  }
  const { requests } = columns;
  return { body: columns.take(), requests, dropped: 0, sealedAtMs: 0 };
}
