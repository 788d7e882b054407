import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  METHOD_NUMBERS,
  Method,
  type PeriodSchema,
  type QueryTotalsResponse,
  QueryTotalsResponseSchema,
  toDate,
} from "@count/proto";
import { BUCKET_SECONDS } from "../../domain/bucket.ts";
import type { TotalsAnswer } from "./answer.ts";
import type { Boundaries } from "./periods.ts";

const METHODS = new Map<number, Method>(METHOD_NUMBERS.map((method) => [method, method]));

/** An answer as the protocol has it. */
export function toResponse(answer: TotalsAnswer): QueryTotalsResponse {
  const { completeThrough, bucketsFrom, totalsFrom, previous } = answer;
  return create(QueryTotalsResponseSchema, {
    periods: periodsOf(answer.boundaries),
    rows: answer.rows.map(({ period, service, method, path, count, previousCount, remainder }) => {
      const known = METHODS.get(method) ?? Method.METHOD_UNSPECIFIED;
      return { period, service, method: known, path, count, previousCount, remainder };
    }),
    total: answer.total,
    previousTotal: answer.previousTotal,
    previousPeriods: previous === undefined ? [] : periodsOf(previous),
    nextPageToken: answer.nextPageToken,
    pending: answer.pending,
    knownLost: answer.knownLost,
    snapshotTime: timestampFromMs(answer.snapshotMs),
    ...(completeThrough !== undefined && { completeThrough: toDate(completeThrough) }),
    bucketsFrom: toDate(bucketsFrom),
    ...(totalsFrom !== undefined && { totalsFrom: toDate(totalsFrom) }),
  });
}

function periodsOf(boundaries: Boundaries): MessageInitShape<typeof PeriodSchema>[] {
  return boundaries.slice(1).map((end, index) => ({
    startTime: { seconds: BigInt(boundaries[index]! * BUCKET_SECONDS) },
    endTime: { seconds: BigInt(end * BUCKET_SECONDS) },
  }));
}
