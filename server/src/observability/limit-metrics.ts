import { Counter, type Registry } from "prom-client";

/** Counts what limits keep out. @param limits - the names of all */
export function limitMetrics(registry: Registry, limits: readonly string[]): (limit: string) => void {
  const limited = new Counter({
    name: "count_limited_total",
    help: "Connections, calls and requests that a limit has refused, messages that were too large, and messages and batches that were held up or refused because of a rate.",
    labelNames: ["limit"],
    registers: [registry],
  });
  for (const limit of limits) limited.inc({ limit }, 0);
  return (limit) => limited.inc({ limit });
}
