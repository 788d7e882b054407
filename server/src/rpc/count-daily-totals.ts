import type { CountDailyTotalsRequest } from "@count/proto";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import { CountError } from "../domain/count-error.ts";
import { type AroundStep, type RollUpStep, rollUp } from "../rollup/roll-up.ts";
import { totalsAsRead } from "../rollup/totals-as-read.ts";
import { type Naming, nameTotals } from "../totals/name-totals.ts";
import { onlyServices } from "../totals/only-services.ts";
import { encodeMethodCounts } from "./encode-method-counts.ts";
import { requestedPeriod } from "./request-date.ts";
import { unaryHandler } from "./unary-handler.ts";

export interface CountDailyTotalsDeps extends Naming {
  readonly database: Pick<Database, "run">;
  /** Of so many days before today quarters are kept. Default 35. */
  readonly bucketRetentionDays?: number;
  readonly observer?: RollUpObserver;
  /** Around each step of a roll-up. */
  readonly around?: AroundStep | undefined;
}

/** Is told of roll-ups, for logs and metrics. Must not throw. */
export interface RollUpObserver {
  /** After each transaction. */
  step(step: RollUpStep): void;
  /** Everything that was asked for is rolled up. @param nowMs since 1970-01-01T00:00:00Z */
  succeeded(nowMs: number): void;
  /** It failed, by no fault of its caller. */
  failed(): void;
}

/**
 * CountDailyTotals: rolls up a day, month or year, and answers with the new totals. Nothing pending gives an empty answer.
 * All services are rolled up, whatever the caller may look at; only the answer is of those.
 *
 * INVALID_ARGUMENT when the date is missing or does not exist. A caller that stops waiting stops the roll-up after its
 * current step; the next call goes on from there. The answer is one message, of some 40 bytes for each (day, method): a
 * caller whose gRPC takes at most the usual 4 MiB must raise that, or roll up shorter periods.
 */
export function countDailyTotalsHandler(deps: CountDailyTotalsDeps): handleUnaryCall<CountDailyTotalsRequest, Buffer> {
  return unaryHandler(async ({ date }, signal, services) => {
    const { database, observer, around, bucketRetentionDays } = deps;
    const onStep = (step: RollUpStep) => observer?.step(step);
    const period = requestedPeriod("date", date);
    const totals = await rollUp(database, period, { signal, onStep, around, bucketRetentionDays }).catch(
      (error: unknown) => {
        if (CountError.from(error).code !== "cancelled") observer?.failed();
        throw error;
      },
    );
    observer?.succeeded(Date.now());
    const asRead = await totalsAsRead(database, totals, await deps.aliases.current(signal), signal);
    return encodeMethodCounts(onlyServices(await nameTotals(asRead, deps, signal), services));
  });
}
