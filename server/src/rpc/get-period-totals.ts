import type { GetPeriodTotalsRequest } from "@count/proto";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import { type Naming, nameTotals } from "../totals/name-totals.ts";
import { onlyServices } from "../totals/only-services.ts";
import { readPeriodTotals } from "../totals/read-totals.ts";
import { encodeMethodCounts } from "./encode-method-counts.ts";
import { noTotals } from "./no-totals.ts";
import { requestedPeriod } from "./request-date.ts";
import { unaryHandler } from "./unary-handler.ts";

export interface GetPeriodTotalsDeps extends Naming {
  readonly database: Pick<Database, "run">;
}

/**
 * GetPeriodTotals: the sums over a day, month or year, without a date.
 *
 * INVALID_ARGUMENT when the period is missing or does not exist; NOT_FOUND when there are no totals. The answer is one
 * message, of some 30 bytes for each method: a caller whose gRPC takes at most the usual 4 MiB must raise that when the
 * period has more than a hundred thousand methods.
 */
export function getPeriodTotalsHandler(deps: GetPeriodTotalsDeps): handleUnaryCall<GetPeriodTotalsRequest, Buffer> {
  return unaryHandler(async (request, signal, services) => {
    const period = requestedPeriod("period", request.period);
    const totals = await readPeriodTotals(deps.database, period, { includePending: request.includePending, signal });
    const named = onlyServices(await nameTotals(totals, deps, signal), services);
    if (named.methods.length === 0) throw noTotals(period, request.includePending, services);
    return encodeMethodCounts(named);
  });
}
