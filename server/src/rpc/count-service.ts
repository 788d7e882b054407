import { countService } from "@count/proto";
import type { ServiceDefinition } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import { DEFAULT_RETENTION, type Retention } from "../domain/retention.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Expired } from "../retention/remove-expired.ts";
import type { AroundStep } from "../rollup/roll-up.ts";
import { Aliases } from "../totals/aliases.ts";
import { MethodNames } from "../totals/method-names.ts";
import { addHandler } from "./add.ts";
import { countDailyTotalsHandler, type RollUpObserver } from "./count-daily-totals.ts";
import { getPeriodTotalsHandler } from "./get-period-totals.ts";
import type { GrpcService } from "./grpc-service.ts";
import { listDailyTotalsHandler } from "./list-daily-totals.ts";
import { listPathRulesHandler, setPathRulesHandler } from "./path-rules.ts";
import { queryTotalsHandler } from "./query-totals.ts";
import { recordHandler } from "./record.ts";
import { removeExpiredHandler } from "./remove-expired.ts";

export interface CountServiceOptions {
  readonly database: Pick<Database, "run">;
  readonly ingest: Ingest;
  /** Default: quarters of 35 days, totals for ever. */
  readonly retention?: Retention;
  /** Hears what RemoveExpired has removed. Must not throw. */
  readonly onRemoved?: (expired: Expired) => void;
  readonly rollup?: RollUpObserver;
  /** Around each step of a roll-up. */
  readonly aroundStep?: AroundStep | undefined;
}

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** count.v1 for grpc-js. What is hot is not decoded or encoded by protobuf-es: its handlers take and give bytes. */
export function countGrpcService(options: CountServiceOptions): GrpcService {
  const { database, ingest, rollup, aroundStep, onRemoved, retention = DEFAULT_RETENTION } = options;
  const reads = { database, names: new MethodNames(database), aliases: new Aliases(database) };
  const rules = { database, limits: ingest.limits, policy: ingest.policy };
  const record = recordHandler(ingest);
  const definition: ServiceDefinition = {
    add: { ...countService.add, requestDeserialize: asTheyAre },
    record: { ...countService.record, requestDeserialize: asTheyAre, responseSerialize: asTheyAre },
    countDailyTotals: { ...countService.countDailyTotals, responseSerialize: asTheyAre },
    listDailyTotals: { ...countService.listDailyTotals, responseSerialize: asTheyAre },
    getPeriodTotals: { ...countService.getPeriodTotals, responseSerialize: asTheyAre },
    queryTotals: { ...countService.queryTotals, responseSerialize: asTheyAre },
    removeExpired: { ...countService.removeExpired, responseSerialize: asTheyAre },
    listPathRules: { ...countService.listPathRules, responseSerialize: asTheyAre },
    setPathRules: { ...countService.setPathRules, responseSerialize: asTheyAre },
  };
  const implementation = {
    add: addHandler(ingest),
    record: record.handle,
    countDailyTotals: countDailyTotalsHandler({
      ...reads,
      around: aroundStep,
      bucketRetentionDays: retention.bucketDays,
      ...(rollup === undefined ? {} : { observer: rollup }),
    }),
    listDailyTotals: listDailyTotalsHandler(reads),
    getPeriodTotals: getPeriodTotalsHandler(reads),
    queryTotals: queryTotalsHandler(reads),
    removeExpired: removeExpiredHandler({ database, retention, onRemoved }),
    listPathRules: listPathRulesHandler(rules),
    setPathRules: setPathRulesHandler(rules),
  };
  return { definition, implementation, end: record.end };
}
