import type { Database } from "../db/database.ts";
import { type SelectRollupLagRow, type SelectRollupLagValues, selectRollupLag } from "../db/sql/select-rollup-lag.ts";
import { dayOfMs, formatDay } from "../domain/day.ts";
import type { DatabaseMetrics } from "../observability/database-metrics.ts";
import type { RollupMetrics } from "../observability/rollup-metrics.ts";
import { pause } from "./watch-database.ts";

/** Between two surveys, in milliseconds: what they find changes by the hour. */
const INTERVAL_MS = 60_000;
const DAY_SECONDS = 86_400;

export interface SurveyOptions {
  readonly signal: AbortSignal;
  /** In milliseconds. Default one minute. */
  readonly intervalMs?: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Asks the database now and then for what only it can tell, until the signal is aborted: how far the roll-up is behind, and
 * what time it is. A scrape asks nothing of the database. While it is away there are no samples. Never rejects.
 */
export async function surveyDatabase(
  database: Pick<Database, "run">,
  metrics: { readonly database: Pick<DatabaseMetrics, "clockOffset">; readonly rollup: Pick<RollupMetrics, "lag"> },
  { signal, intervalMs = INTERVAL_MS, now = Date.now }: SurveyOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const sentMs = now();
      const sentAt = performance.now();
      const values: SelectRollupLagValues = [formatDay(dayOfMs(sentMs))];
      const [row] = await database.run<SelectRollupLagRow>(selectRollupLag, values, { signal });
      const halfTripMs = (performance.now() - sentAt) / 2;
      const offsetMs = Number(row?.now_ms) - (sentMs + halfTripMs);
      // The clock was read somewhere between sending and receiving: what is within that is no difference.
      const known = Math.sign(offsetMs) * Math.max(0, Math.abs(offsetMs) - halfTripMs);
      metrics.database.clockOffset(known / 1_000);
      const since = (day: bigint | null = null) =>
        day === null ? 0 : Math.max(0, sentMs / 1_000 - (Number(day) + 1) * DAY_SECONDS);
      metrics.rollup.lag({ lagSeconds: since(row?.oldest), overdueSeconds: since(row?.oldest_untouched) });
    } catch {
      // Why, the watch over the database tells.
      metrics.database.clockOffset(undefined);
      metrics.rollup.lag(undefined);
    }
    await pause(intervalMs, signal);
  }
}
