import { Gauge, type Registry } from "prom-client";

/** Requests of a service and method on the current day. */
export interface DayCount {
  readonly service: string;
  readonly method: string;
  readonly count: number;
}

/** What today has brought, of all servers. @returns to be called with what is known; undefined: nothing is */
export function todayMetrics(registry: Registry): (counts: readonly DayCount[] | undefined) => void {
  const gauge = new Gauge({
    name: "count_today_requests",
    help: "Requests of the current UTC day so far, as stored, rolled up or not, by service and method; beyond the 100 most requested under (other). Every server tells the same: take the maximum, not the sum. No sample while the database is away, or with --metrics-today off.",
    labelNames: ["service", "method"],
    registers: [registry],
  });
  return (counts = []) => {
    // A new day begins with other services.
    gauge.reset();
    for (const { count, ...labels } of counts) gauge.set(labels, count);
  };
}
