import { selector } from "../promql.ts";

/** Series of the servers that people have chosen at the top of the dashboard. */
export const CHOSEN = 'job=~"$job",instance=~"$instance"';
export const of = selector(CHOSEN);

/** Series of every target: agents and clients come with the applications that they are in. */
export const ofAll = selector("");

/** How much a counter grows in a second. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** The sum of that, by labels. */
export function sumOfRates(series: string, by = ""): string {
  return by === "" ? `sum(${rate(series)})` : `sum by (${by}) (${rate(series)})`;
}

/** A quantile of a histogram's buckets, by labels. */
export function quantile(q: number, buckets: string, by = ""): string {
  return `histogram_quantile(${q}, ${sumOfRates(buckets, by === "" ? "le" : `le, ${by}`)})`;
}
