import { create } from "@bufbuild/protobuf";
import { CountService, Dimension, methodName, QueryTotalsRequestSchema, toDate } from "@count/proto";
import { dayOfMs } from "../domain/day.ts";
import type { DayCount } from "../observability/today-metrics.ts";
import { callUnaryInProcess } from "../rpc/call-in-process.ts";
import type { GrpcService } from "../rpc/grpc-service.ts";
import { pause } from "./watch-database.ts";

/** Between two surveys, and for each of them, in milliseconds. */
const INTERVAL_MS = 30_000;
const CALL_MS = 10_000;
/** Services and methods that have samples of their own. */
const TOP = 100;

export interface SurveyTodayOptions {
  readonly signal: AbortSignal;
  /** In milliseconds. Default 30 seconds. */
  readonly intervalMs?: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Keeps the metrics of today up to date until the signal is aborted. A scrape asks nothing of the database, however many
 * there are. While it is away there are no samples. Never rejects.
 */
export async function surveyToday(
  service: GrpcService,
  tell: (counts: readonly DayCount[] | undefined) => void,
  { signal, intervalMs = INTERVAL_MS, now = Date.now }: SurveyTodayOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const day = toDate(dayOfMs(now()));
      const request = create(QueryTotalsRequestSchema, {
        startDate: day,
        endDate: day,
        groupBy: [Dimension.SERVICE, Dimension.METHOD],
        top: TOP,
      });
      const options = { signal, maxCallMs: CALL_MS };
      const { rows } = await callUnaryInProcess(service, CountService.method.queryTotals, request, options);
      tell(
        rows.map(({ remainder, service: name, method, count }) => ({
          service: remainder ? "(other)" : name,
          method: remainder ? "(other)" : (methodName(method) ?? String(method)),
          count: Number(count),
        })),
      );
    } catch {
      // Why, the watch over the database tells.
      tell(undefined);
    }
    await pause(intervalMs, signal);
  }
}
