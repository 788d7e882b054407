import { create, toBinary } from "@bufbuild/protobuf";
import { type RemoveExpiredRequest, RemoveExpiredResponseSchema, toDate } from "@count/proto";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import type { Retention } from "../domain/retention.ts";
import { type Expired, removeExpired } from "../retention/remove-expired.ts";
import { unaryHandler } from "./unary-handler.ts";

export interface RemoveExpiredDeps {
  readonly database: Pick<Database, "run">;
  readonly retention: Retention;
  /** Hears what was removed, for logs and metrics. Must not throw. */
  readonly onRemoved?: ((expired: Expired) => void) | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
}

/** RemoveExpired: see `count.proto`. A call takes some 5 s at most; who stops waiting ends it after its current step. */
export function removeExpiredHandler({
  database,
  retention,
  onRemoved,
  now,
}: RemoveExpiredDeps): handleUnaryCall<RemoveExpiredRequest, Buffer> {
  return unaryHandler(async ({ dryRun }, signal) => {
    const expired = await removeExpired(database, { retention, dryRun, signal, ...(now && { now }) });
    if (!dryRun) onRemoved?.(expired);
    const { bucketsFrom, bucketRows, totalsFrom, totalRows, more } = expired;
    const response = create(RemoveExpiredResponseSchema, {
      bucketsFrom: toDate(bucketsFrom),
      bucketRows: BigInt(bucketRows),
      ...(totalsFrom !== undefined && { totalsFrom: toDate(totalsFrom) }),
      totalRows: BigInt(totalRows),
      more,
    });
    return Buffer.from(toBinary(RemoveExpiredResponseSchema, response));
  });
}
