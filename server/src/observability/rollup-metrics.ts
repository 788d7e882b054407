import { Counter, Gauge, type Registry } from "prom-client";

/** One transaction of a roll-up. */
export interface RollupStep {
  readonly rows: number;
  readonly entries: number;
  readonly totals: number;
}

/** How far the roll-up is behind, in seconds. */
export interface RollupLag {
  /** Since the end of the oldest closed day that has something pending; 0 when there is none. */
  readonly lagSeconds: number;
  /** The same of the oldest closed day that is later than every day with a total: nobody has rolled up since. */
  readonly overdueSeconds: number;
}

export interface RollupMetrics {
  step(step: RollupStep): void;
  /** A roll-up of this server has ended well. @param nowMs since 1970-01-01T00:00:00Z */
  succeeded(nowMs: number): void;
  /** One has not. */
  failed(): void;
  /** Retention has removed rows. */
  removed(expired: { readonly bucketRows: number; readonly totalRows: number }): void;
  /** Undefined: unknown, since the database is away. */
  lag(lag: RollupLag | undefined): void;
}

/** How roll-ups fare. How long they take, and how they fail, is in the metrics of the call that asks for them. */
export function rollupMetrics(registry: Registry): RollupMetrics {
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const steps = counter("count_rollup_steps_total", "Transactions of roll-ups.");
  const rows = counter("count_rollup_rows_total", "Pending rows that roll-ups folded.");
  const entries = counter(
    "count_rollup_entries_total",
    "Entries of the pending rows that roll-ups folded: one for each (method, 15 minutes).",
  );
  const totals = counter("count_rollup_totals_total", "Daily totals that roll-ups wrote.");
  const failures = counter(
    "count_rollup_failures_total",
    "Roll-ups that failed, but for wrong requests and callers that left.",
  );
  const removed = new Counter({
    name: "count_retention_removed_rows_total",
    help: "Rows older than they are kept that this server has removed, by what they hold: 15-minute counts or daily totals.",
    labelNames: ["of"],
    registers,
  });
  for (const what of ["buckets", "totals"]) removed.inc({ of: what }, 0);
  const unknown = (name: string, help: string) => {
    const gauge = new Gauge({ name, help, registers });
    gauge.remove();
    return gauge;
  };
  const last = unknown(
    "count_rollup_last_success_timestamp_seconds",
    "When this server last ended a roll-up well; no sample before it has.",
  );
  const lag = unknown(
    "count_rollup_lag_seconds",
    "Time since the end of the oldest closed day with something pending, late arrivals included; 0 without one.",
  );
  const overdue = unknown(
    "count_rollup_overdue_seconds",
    "Time since the end of the oldest closed day with something pending that is later than every day with totals; 0 without one. Nobody has rolled up for so long.",
  );
  return {
    step: (step) => {
      steps.inc();
      rows.inc(step.rows);
      entries.inc(step.entries);
      totals.inc(step.totals);
    },
    succeeded: (nowMs) => last.set(nowMs / 1_000),
    failed: () => failures.inc(),
    removed: ({ bucketRows, totalRows }) => {
      removed.inc({ of: "buckets" }, bucketRows);
      removed.inc({ of: "totals" }, totalRows);
    },
    lag: (found) => {
      if (found === undefined) {
        lag.remove();
        overdue.remove();
        return;
      }
      lag.set(found.lagSeconds);
      overdue.set(found.overdueSeconds);
    },
  };
}
