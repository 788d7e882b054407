import { create, toBinary } from "@bufbuild/protobuf";
import { RecordResponseSchema, type RefusalReason } from "@count/proto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { REFUSAL_REASONS } from "../../src/domain/refusal.ts";
import { NEW_CLIENT } from "../../src/ingest/session.ts";
import { encodeRecordResponse } from "../../src/rpc/encode-record-response.ts";

const requests = fc.oneof(fc.constant(0), fc.maxSafeNat());

test("A RecordResponse has the bytes that protobuf-es writes, with refusals and without", () => {
  const refusals = fc.oneof(fc.constant(NEW_CLIENT.refused), fc.tuple(...REFUSAL_REASONS.map(() => requests)));
  fc.assert(
    fc.property(requests, refusals, fc.string(), (lastNumber, refused, example) => {
      const examples = new Map<RefusalReason, string>([[REFUSAL_REASONS[0]!, example]]);
      const expected = create(RecordResponseSchema, {
        lastNumber: BigInt(lastNumber),
        refused: REFUSAL_REASONS.map((reason, i) => ({
          reason,
          count: BigInt(refused[i]!),
          example: i === 0 ? example : "",
        })).filter(({ count }) => count > 0n),
      });
      expect(encodeRecordResponse({ lastNumber, refused }, examples)).toEqual(
        Buffer.from(toBinary(RecordResponseSchema, expected)),
      );
    }),
  );
});
