import { create, toBinary } from "@bufbuild/protobuf";
import { RecordResponseSchema, type RefusalReason } from "@count/proto";
import { REFUSAL_REASONS } from "../domain/refusal.ts";
import type { ClientState } from "../ingest/session.ts";
import { MAX_VARINT_BYTES, writeVarint } from "./varint.ts";

/** Tag of `last_number`: field 1, a varint. */
const LAST_NUMBER = 0x08;

/**
 * A RecordResponse. Nearly all say only a number, once a second for each sender; protobuf-es takes as long for one as the rest
 * of a small batch does.
 */
export function encodeRecordResponse(
  { lastNumber, refused }: Pick<ClientState, "lastNumber" | "refused">,
  examples: ReadonlyMap<RefusalReason, string>,
): Buffer {
  if (refused.some((requests) => requests > 0)) {
    const message = create(RecordResponseSchema, {
      lastNumber: BigInt(lastNumber),
      refused: REFUSAL_REASONS.flatMap((reason, i) =>
        refused[i]! > 0 ? [{ reason, count: BigInt(refused[i]!), example: examples.get(reason) ?? "" }] : [],
      ),
    });
    return Buffer.from(toBinary(RecordResponseSchema, message));
  }
  // As protobuf's canonical form has it, a zero is left out.
  if (lastNumber === 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(1 + MAX_VARINT_BYTES);
  bytes[0] = LAST_NUMBER;
  return bytes.subarray(0, writeVarint(bytes, 1, lastNumber));
}
