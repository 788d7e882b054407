import { Counter, type Registry } from "prom-client";

/** One transaction of a roll-up. */
export interface RollupStep {
  readonly rows: number;
  readonly entries: number;
  readonly totals: number;
}

/** Counts the steps of roll-ups. How long roll-ups take is in the metrics of the call that asks for them. */
export function rollupMetrics(registry: Registry): (step: RollupStep) => void {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const steps = counter("count_rollup_steps_total", "Transactions of roll-ups.");
  const rows = counter("count_rollup_rows_total", "Pending rows that roll-ups folded.");
  const entries = counter("count_rollup_entries_total", "Entries of those rows: one for each (method, 15 minutes).");
  const totals = counter("count_rollup_totals_total", "Daily totals that roll-ups wrote.");
  return (step) => {
    steps.inc();
    rows.inc(step.rows);
    entries.inc(step.entries);
    totals.inc(step.totals);
  };
}
