import { countService } from "@count/proto";
import type { ServiceDefinition } from "@grpc/grpc-js";
import type { PoolDatabase } from "../db/pool-database.ts";
import { countDailyTotalsHandler } from "../rpc/count-daily-totals.ts";
import { getPeriodTotalsHandler } from "../rpc/get-period-totals.ts";
import { listDailyTotalsHandler } from "../rpc/list-daily-totals.ts";
import { MethodNames } from "../totals/method-names.ts";
import type { CountParts, PartContext } from "./parts.ts";

/** count.v1 on a database. */
export function openCount(
  database: PoolDatabase,
  _closeLimitMs: number,
  { metrics }: PartContext,
): Promise<CountParts> {
  const names = new MethodNames(database);
  const deps = { database, names };
  const encoded = (bytes: Buffer) => bytes;
  const definition: ServiceDefinition = {
    countDailyTotals: { ...countService.countDailyTotals, responseSerialize: encoded },
    listDailyTotals: { ...countService.listDailyTotals, responseSerialize: encoded },
    getPeriodTotals: { ...countService.getPeriodTotals, responseSerialize: encoded },
  };
  const implementation = {
    countDailyTotals: countDailyTotalsHandler({ ...deps, onStep: metrics.rollup }),
    listDailyTotals: listDailyTotalsHandler(deps),
    getPeriodTotals: getPeriodTotalsHandler(deps),
  };
  return Promise.resolve({ service: { definition, implementation }, close: () => Promise.resolve() });
}
