import { create } from "@bufbuild/protobuf";
import { countService, RemoveExpiredRequestSchema } from "@count/proto";
import { status } from "@grpc/grpc-js";
import { CountError } from "../domain/count-error.ts";
import type { Connection } from "./connection.ts";
import { formatPeriod } from "./period.ts";
import { type RetriedOptions, retried } from "./retried.ts";
import { counted, formatCount } from "./table.ts";

/** What calls of RemoveExpired have removed together. */
export interface Removed {
  /** The first day whose 15-minute counts are kept: `2026-10-21`. */
  readonly buckets_from: string | null;
  readonly bucket_rows: bigint;
  /** Null: all totals are kept. */
  readonly totals_from: string | null;
  readonly total_rows: bigint;
}

/**
 * Calls RemoveExpired until nothing is left to remove. A call takes some seconds at most.
 *
 * @param onProgress hears what has been removed so far, after each call that has removed something
 * @returns undefined: the server is one that keeps everything, such as the original
 * @throws CountError as {@link Connection.call}
 */
export async function removeExpired(
  connection: Connection,
  options: RetriedOptions,
  onProgress: (removed: Removed) => void,
): Promise<Removed | undefined> {
  let removed: Removed = { buckets_from: null, bucket_rows: 0n, totals_from: null, total_rows: 0n };
  for (;;) {
    const call = () =>
      connection.call(countService.removeExpired, create(RemoveExpiredRequestSchema, {}), options.signal);
    const answer = await retried(call, options).catch((error: unknown) => {
      if (isUnimplemented(error)) return undefined;
      throw error;
    });
    if (answer === undefined) return undefined;
    const { bucketsFrom, bucketRows, totalsFrom, totalRows, more } = answer;
    removed = {
      buckets_from: bucketsFrom === undefined ? null : formatPeriod(bucketsFrom),
      bucket_rows: removed.bucket_rows + bucketRows,
      totals_from: totalsFrom === undefined ? null : formatPeriod(totalsFrom),
      total_rows: removed.total_rows + totalRows,
    };
    if (!more) return removed;
    if (bucketRows + totalRows > 0n) onProgress(removed);
  }
}

function isUnimplemented(error: unknown): boolean {
  const { cause } = CountError.from(error);
  return cause instanceof Error && "code" in cause && cause.code === status.UNIMPLEMENTED;
}

/** `1,234 rows of 15-minute counts before 2026-10-21, 12 daily totals before 2025-11-24`; undefined: nothing. */
export function formatRemoved({ buckets_from, bucket_rows, totals_from, total_rows }: Removed): string | undefined {
  const parts = [
    ...(bucket_rows > 0n
      ? [
          `${formatCount(bucket_rows)} ${bucket_rows === 1n ? "row" : "rows"} of 15-minute counts before ${buckets_from}`,
        ]
      : []),
    ...(total_rows > 0n ? [`${counted(total_rows, "daily total")} before ${totals_from}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}
