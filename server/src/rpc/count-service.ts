import { countService } from "@count/proto";
import type { ServiceDefinition } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { AroundStep } from "../rollup/roll-up.ts";
import { MethodNames } from "../totals/method-names.ts";
import { addHandler } from "./add.ts";
import { countDailyTotalsHandler, type RollUpObserver } from "./count-daily-totals.ts";
import { getPeriodTotalsHandler } from "./get-period-totals.ts";
import type { GrpcService } from "./grpc-service.ts";
import { listDailyTotalsHandler } from "./list-daily-totals.ts";
import { queryTotalsHandler } from "./query-totals.ts";
import { recordHandler } from "./record.ts";

export interface CountServiceOptions {
  readonly database: Pick<Database, "run">;
  readonly ingest: Ingest;
  readonly rollup?: RollUpObserver;
  /** Around each step of a roll-up. */
  readonly aroundStep?: AroundStep | undefined;
}

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** count.v1 for grpc-js. What is hot is not decoded or encoded by protobuf-es: its handlers take and give bytes. */
export function countGrpcService({ database, ingest, rollup, aroundStep }: CountServiceOptions): GrpcService {
  const reads = { database, names: new MethodNames(database) };
  const record = recordHandler(ingest);
  const definition: ServiceDefinition = {
    add: { ...countService.add, requestDeserialize: asTheyAre },
    record: { ...countService.record, requestDeserialize: asTheyAre, responseSerialize: asTheyAre },
    countDailyTotals: { ...countService.countDailyTotals, responseSerialize: asTheyAre },
    listDailyTotals: { ...countService.listDailyTotals, responseSerialize: asTheyAre },
    getPeriodTotals: { ...countService.getPeriodTotals, responseSerialize: asTheyAre },
    queryTotals: { ...countService.queryTotals, responseSerialize: asTheyAre },
  };
  const implementation = {
    add: addHandler(ingest),
    record: record.handle,
    countDailyTotals: countDailyTotalsHandler({
      ...reads,
      around: aroundStep,
      ...(rollup === undefined ? {} : { observer: rollup }),
    }),
    listDailyTotals: listDailyTotalsHandler(reads),
    getPeriodTotals: getPeriodTotalsHandler(reads),
    queryTotals: queryTotalsHandler(reads),
  };
  return { definition, implementation, end: record.end };
}
