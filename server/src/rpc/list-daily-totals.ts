import type { ListDailyTotalsRequest } from "@count/proto";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import { type Naming, nameTotals } from "../totals/name-totals.ts";
import { onlyServices } from "../totals/only-services.ts";
import { readDailyTotals } from "../totals/read-totals.ts";
import { encodeMethodCounts } from "./encode-method-counts.ts";
import { noTotals } from "./no-totals.ts";
import { requestedRange } from "./request-date.ts";
import { unaryHandler } from "./unary-handler.ts";

export interface ListDailyTotalsDeps extends Naming {
  readonly database: Pick<Database, "run">;
}

/**
 * ListDailyTotals: the totals of each day from start_date to end_date, both included.
 *
 * INVALID_ARGUMENT when a date is missing, does not exist or the start is after the end; NOT_FOUND when there are no
 * totals. The answer is one message, of some 40 bytes for each (day, method): a caller whose gRPC takes at most the usual
 * 4 MiB must raise that, or ask for fewer days.
 */
export function listDailyTotalsHandler(deps: ListDailyTotalsDeps): handleUnaryCall<ListDailyTotalsRequest, Buffer> {
  return unaryHandler(async ({ startDate, endDate, includePending }, signal, services) => {
    const period = requestedRange(startDate, endDate);
    const totals = await readDailyTotals(deps.database, period, { includePending, signal });
    const named = onlyServices(await nameTotals(totals, deps, signal), services);
    if (named.methods.length === 0) throw noTotals(period, includePending, services);
    return encodeMethodCounts(named);
  });
}
