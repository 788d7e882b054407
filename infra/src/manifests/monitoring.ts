import { ApiObject, type Chart } from "cdk8s";
import { alertRules } from "./alert-rules.ts";
import type { Bundle } from "./bundle.ts";

/** What the Prometheus operator is told, where the configuration asks for it. */
export function monitoring(chart: Chart, bundle: Bundle): void {
  const { serviceMonitor, alerts } = bundle.config.monitoring;
  const metadata = (labels: Readonly<Record<string, string>>) => {
    const own = bundle.metadata("server", bundle.name());
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
  if (alerts === undefined) return;
  new ApiObject(chart, "alerts", {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: metadata(alerts.labels),
    spec: { groups: [{ name: bundle.name(), rules: alertRules(bundle.name(), alerts.severity) }] },
  });
}
