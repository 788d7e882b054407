import { METRICS } from "./metrics.ts";

type Metrics = typeof METRICS;

export type MetricName = keyof Metrics;

/** What can be asked for: a histogram is three series. */
export type Series = {
  [Name in MetricName]: Metrics[Name]["type"] extends "histogram" ? `${Name}_${"bucket" | "sum" | "count"}` : Name;
}[MetricName];

type NameOf<Of extends Series> = {
  [Name in MetricName]: Of extends Name | `${Name}_${"bucket" | "sum" | "count"}` ? Name : never;
}[MetricName];

/** Conditions on labels that the metric has, each with its operator, such as `{ code: '!="OK"' }`. */
export type Matchers<Of extends Series> = { readonly [Label in Metrics[NameOf<Of>]["labels"][number]]?: string };

/** Makes selectors of series that exist, with labels that they have: anything else does not compile. */
export type Select = <Of extends Series>(series: Of, matchers?: Matchers<Of>) => string;

/** @param common conditions on labels of the target, such as `service="count"`; empty: all targets */
export function selector(common: string): Select {
  return (series, matchers = {}) => {
    const own = Object.entries<string>(matchers as Record<string, string>).map(([label, is]) => `${label}${is}`);
    const all = [...(common === "" ? [] : [common]), ...own].join(",");
    return all === "" ? series : `${series}{${all}}`;
  };
}

/** The series of a metric that are counters, gauges or histograms alike. */
export function metricNames(): readonly MetricName[] {
  return Object.keys(METRICS) as MetricName[];
}
