import { create, toBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema } from "@count/proto";
import { PAIRS } from "./pairs.ts";

/** One encoded AddRequest for each pair, of this moment: encoding is no part of what is measured. */
export function addMessages(): Buffer[] {
  return PAIRS.map(({ method, path }) =>
    Buffer.from(
      toBinary(AddRequestSchema, create(AddRequestSchema, { method, path, requestTimestamp: timestampNow() })),
    ),
  );
}
