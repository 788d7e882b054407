import { Counter, Gauge, type Registry } from "prom-client";

/** Values by label, of a metric with one. */
export type Labelled = Readonly<Record<string, number>>;

/** A gauge whose value somebody else keeps; it is asked whenever it is scraped. Undefined: no sample. */
export function askedGauge(registry: Registry, name: string, help: string, ask: () => number | undefined): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const value = ask();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** The same of a sum that only ever grows. With `label` it has one sample for each. */
export function askedCounter(registry: Registry, name: string, help: string, ask: () => number): void;
export function askedCounter(registry: Registry, name: string, help: string, ask: () => Labelled, label: string): void;
export function askedCounter(
  registry: Registry,
  name: string,
  help: string,
  ask: () => number | Labelled,
  label?: string,
): void {
  new Counter({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      const value = ask();
      // A counter of prom-client cannot be set.
      this.reset();
      if (typeof value === "number") this.inc(value);
      else for (const [of, count] of Object.entries(value)) this.inc({ [label ?? ""]: of }, count);
    },
  });
}
