import { parser } from "@prometheus-io/lezer-promql";
import { METRICS } from "../../src/monitoring/metrics.ts";

/** What an expression asks for. */
export interface Parsed {
  /** Names of series. */
  readonly names: readonly string[];
  /** Labels, of conditions and of groups. */
  readonly labels: readonly string[];
  /** Where it does not parse. */
  readonly fault: string | undefined;
}

/** Labels that come with a target, whatever the metric; `le` belongs to every histogram. */
const OF_TARGETS = ["namespace", "job", "instance", "service", "le"];

/** Reads an expression with Prometheus' own grammar for editors. */
export function parsePromql(expr: string): Parsed {
  const names: string[] = [];
  const labels: string[] = [];
  let fault: string | undefined;
  parser.parse(expr).iterate({
    enter({ name, from, to, type, node }) {
      if (type.isError) fault ??= `at ${from}: ${expr.slice(from)}`;
      if (name === "Identifier" && node.parent?.name === "VectorSelector") names.push(expr.slice(from, to));
      if (name === "LabelName") labels.push(expr.slice(from, to));
    },
  });
  return { names, labels, fault };
}

/** What is wrong with an expression: it does not parse, or asks for what no server, agent or client has. Empty: nothing. */
export function faultsOf(expr: string): string[] {
  const { names, labels, fault } = parsePromql(expr);
  if (fault !== undefined) return [fault];
  const known = new Map(Object.entries<{ type: string; labels: readonly string[] }>(METRICS));
  const ofMetric = (name: string) => known.get(name) ?? known.get(name.replace(/_(?:bucket|sum|count)$/, ""));
  const allowed = new Set([...OF_TARGETS, ...names.flatMap((name) => ofMetric(name)?.labels ?? [])]);
  return [
    ...(names.length === 0 ? ["it asks for nothing"] : []),
    ...names.filter((name) => ofMetric(name) === undefined).map((name) => `there is no ${name}`),
    ...labels.filter((label) => !allowed.has(label)).map((label) => `no label ${label}`),
  ];
}
