import { METRICS } from "../../metrics.ts";
import { type MetricName, metricNames } from "../../promql.ts";
import { CHOSEN, quantile, sumOfRates } from "../expressions.ts";
import type { PanelPlan, RowPlan } from "../layout.ts";

/** Whatever metric of Count no other row shows, so that a new one is on the dashboard without anybody thinking of it. */
export function more(rows: readonly RowPlan[]): RowPlan {
  const shown = new Set(
    JSON.stringify(rows)
      .match(/\bcount_\w+/g)
      ?.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")),
  );
  const left = metricNames().filter((name) => name.startsWith("count_") && !shown.has(name));
  return { title: "More", collapsed: true, panels: left.map(plain) };
}

/** A metric as it is: a counter by the second, a histogram by its 99th percentile, a time as how long ago it was. */
function plain(name: MetricName): PanelPlan {
  const { type, labels, help }: { type: string; labels: readonly string[]; help: string } = METRICS[name];
  const target = /^count_(?:agent|client)_/.test(name) ? "" : `{${CHOSEN}}`;
  const by = labels.join(", ");
  const legend = labels.map((label) => `{{${label}}}`).join(" ");
  if (type === "counter") {
    const line = [sumOfRates(`${name}${target}`, by || "instance"), legend || "{{instance}}"] as const;
    return { title: name, about: help, unit: "cps", lines: [line] };
  }
  const unit = name.endsWith("_seconds") ? "s" : name.endsWith("_bytes") ? "bytes" : "short";
  const expr =
    type === "histogram"
      ? quantile(0.99, `${name}_bucket${target}`, by)
      : `${name.endsWith("_timestamp_seconds") ? "time() - " : ""}${name}${target}`;
  return {
    title: name,
    about: help,
    unit,
    lines: [[expr, legend || (type === "histogram" ? "99 %" : "{{instance}}")]],
  };
}
