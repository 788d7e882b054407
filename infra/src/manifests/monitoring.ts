import { ApiObject, type Chart } from "cdk8s";
import { alertRules } from "../monitoring/alert-rules.ts";
import { dashboardJson } from "../monitoring/dashboard/dashboard.ts";
import type { Bundle } from "./bundle.ts";

/** What the Prometheus operator and Grafana's sidecar are told, where the configuration asks for it. */
export function monitoring(chart: Chart, bundle: Bundle): void {
  const { serviceMonitor, alerts, dashboard } = bundle.config.monitoring;
  const metadata = (labels: Readonly<Record<string, string>>, name = bundle.name()) => {
    const own = bundle.metadata("server", name);
    return { ...own, labels: { ...own.labels, ...labels } };
  };
  if (serviceMonitor !== undefined) {
    new ApiObject(chart, "service-monitor", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: metadata(serviceMonitor.labels),
      spec: {
        selector: { matchLabels: bundle.selector("server") },
        // Only the ClusterIP Service has the port, so that no server is asked twice.
        endpoints: [{ port: "http", path: "/metrics", interval: `${serviceMonitor.intervalSeconds}s` }],
      },
    });
  }
  if (alerts !== undefined) {
    const { labels, ...options } = alerts;
    new ApiObject(chart, "alerts", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: metadata(labels),
      spec: { groups: [{ name: bundle.name(), rules: alertRules({ ...options, service: bundle.name() }) }] },
    });
  }
  if (dashboard !== undefined) {
    const own = metadata(dashboard.labels, bundle.name("dashboard"));
    new ApiObject(chart, "dashboard", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...own, annotations: { ...own.annotations, grafana_folder: dashboard.folder } },
      data: { "count.json": dashboardJson() },
    });
  }
}
