import { toBinary } from "@bufbuild/protobuf";
import { type QueryTotalsRequest, QueryTotalsResponseSchema } from "@count/proto";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import { queryTotals } from "../totals/query/query-totals.ts";
import { toResponse } from "../totals/query/to-response.ts";
import { unaryHandler } from "./unary-handler.ts";

export interface QueryTotalsDeps {
  readonly database: Pick<Database, "run">;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * QueryTotals: see `count.proto`. INVALID_ARGUMENT names the field; OUT_OF_RANGE when 15-minute counts are needed that are not
 * kept. A page of 10,000 rows is some 700 KB; the largest answer, 250,000 rows of the largest groups, is beyond the 4 MiB that
 * gRPC clients take unless told otherwise.
 */
export function queryTotalsHandler({ database, now }: QueryTotalsDeps): handleUnaryCall<QueryTotalsRequest, Buffer> {
  return unaryHandler(async (request, signal, services) => {
    const answer = await queryTotals(database, request, { signal, services, ...(now && { now }) });
    return Buffer.from(toBinary(QueryTotalsResponseSchema, toResponse(answer)));
  });
}
