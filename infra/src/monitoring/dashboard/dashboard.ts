import type { Dashboard, Variable } from "./grafana.ts";
import { DATA_SOURCE, layOut } from "./layout.ts";
import { DATABASE } from "./rows/database.ts";
import { EXACTNESS } from "./rows/exactness.ts";
import { INGEST } from "./rows/ingest.ts";
import { more } from "./rows/more.ts";
import { PROCESS } from "./rows/process.ts";
import { ROLLUP } from "./rows/rollup.ts";
import { SENDERS } from "./rows/senders.ts";
import { TRAFFIC } from "./rows/traffic.ts";

const ROWS = [TRAFFIC, EXACTNESS, INGEST, DATABASE, ROLLUP, SENDERS, PROCESS];

/** The dashboard as Grafana imports it, for any Prometheus that scrapes Count. */
export function dashboard(): Dashboard {
  return {
    uid: "count",
    title: "Count",
    description: "Written by `npm run synth`. What each metric is: docs/metrics.md. What to do: docs/operations.md.",
    tags: ["count"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: "browser",
    time: { from: "now-6h", to: "now" },
    refresh: "1m",
    annotations: { list: [] },
    links: [],
    templating: {
      list: [
        { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: 1, hide: 0 },
        query("job", "Job", "label_values(count_ready, job)"),
        query("instance", "Server", 'label_values(count_ready{job=~"$job"}, instance)'),
      ],
    },
    panels: layOut([...ROWS, more(ROWS)]),
  };
}

/** The text of its file. */
export function dashboardJson(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

/** A choice of values that Prometheus has. */
function query(name: string, label: string, values: string): Variable {
  return {
    name,
    label,
    type: "query",
    datasource: DATA_SOURCE,
    definition: values,
    query: values,
    current: { text: "All", value: "$__all" },
    includeAll: true,
    multi: true,
    // When the time range changes: pods come and go.
    refresh: 2,
    sort: 1,
  };
}
