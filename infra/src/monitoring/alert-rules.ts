import { selector } from "./promql.ts";
import { SENDER_ALERTS } from "./sender-alerts.ts";
import { SERVER_ALERTS } from "./server-alerts.ts";

/** One alert of a PrometheusRule. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url?: string };
}

export interface AlertOptions {
  /** The Service's name, which is the label `service` of what a ServiceMonitor brings. */
  readonly service: string;
  /** Label `severity` of what can wait for the morning. */
  readonly severity: string;
  /** The same of what cannot: counts are being lost, or will be. */
  readonly urgentSeverity: string;
  /** Where docs/operations.md can be read; its sections are anchors of it. */
  readonly runbookUrl?: string | undefined;
}

/** What a team should be told of, and where it is said what to do. Names of metrics and labels are checked by the compiler. */
export function alertRules({ service, severity, urgentSeverity, runbookUrl }: AlertOptions): readonly AlertRule[] {
  const ofServers = selector(`service="${service}"`);
  // Agents and clients are scraped with the applications that they are in, whatever these are called.
  const ofAll = selector("");
  return [
    ...SERVER_ALERTS.map((alert) => ({ ...alert, expr: alert.expr(ofServers, service) })),
    ...SENDER_ALERTS.map((alert) => ({ ...alert, expr: alert.expr(ofAll, service) })),
  ].map(({ name, minutes, expr, isUrgent, summary, description, runbook }) => ({
    alert: name,
    expr,
    for: `${minutes}m`,
    labels: { severity: isUrgent === true ? urgentSeverity : severity },
    annotations: {
      summary,
      description: `${description} Runbook: docs/operations.md#${runbook}`,
      ...(runbookUrl === undefined ? {} : { runbook_url: `${runbookUrl}#${runbook}` }),
    },
  }));
}
