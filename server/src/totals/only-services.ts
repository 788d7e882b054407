import type { DayTotals, Totals } from "./totals.ts";

/** The totals of some services, in their order. Undefined: of all. What has none left is left out. */
export function onlyServices(totals: Totals, services: ReadonlySet<string> | undefined): Totals {
  if (services === undefined) return totals;
  const methods: Totals["methods"][number][] = [];
  /** New index of each method; -1: it is left out. */
  const indexes = totals.methods.map((method) => (services.has(method.service) ? methods.push(method) - 1 : -1));
  const days = totals.days.map((day): DayTotals => {
    const kept = [...day.methods.keys()].filter((at) => indexes[day.methods[at]!]! >= 0);
    return {
      day: day.day,
      methods: Uint32Array.from(kept, (at) => indexes[day.methods[at]!]!),
      counts: kept.map((at) => day.counts[at]!),
    };
  });
  return { methods, days: days.filter((day) => day.methods.length > 0) };
}
