/** One alert of a PrometheusRule. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string };
}

/**
 * What a team should be told of, from the server's own metrics; a test compares the names with those that it has.
 *
 * @param service the Service's name, which is the label `service` of what a ServiceMonitor brings
 */
export function alertRules(service: string, severity: string): readonly AlertRule[] {
  const of = () => `{service="${service}"}`;
  const rule = (alert: string, minutes: number, expr: string, summary: string, description: string): AlertRule => ({
    alert,
    expr,
    for: `${minutes}m`,
    labels: { severity },
    annotations: { summary, description },
  });
  return [
    rule(
      "CountNotReady",
      5,
      `max(count_ready${of()}) < 1 or absent(count_ready${of()})`,
      "No Count server is ready",
      "Clients keep their counts and send them again; after 24 hours, or when their queues are full, they drop them. GET /readyz of a server gives the reason.",
    ),
    rule(
      "CountFlushesFail",
      5,
      `sum(increase(count_flush_failures_total${of()}[10m])) > 0`,
      "Count cannot store what it receives",
      "Flushes were given up, and their senders told so. Look at the database and at the server's log.",
    ),
    rule(
      "CountFull",
      15,
      `max(count_full${of()}) > 0`,
      "Count does not keep up",
      "Streams are not read because a server is full: the database is too slow for what comes in.",
    ),
    rule(
      "CountRefusesRequests",
      15,
      `sum by (reason) (increase(count_requests_refused_total${of()}[15m])) > 0`,
      "Count refuses requests",
      "Requests are not counted, for the reason {{ $labels.reason }}. The README says what each reason means.",
    ),
    rule(
      "CountRollupMissing",
      60,
      // What was counted more than 26 hours ago was on a day that has been over for at least two.
      `sum(increase(count_rollup_steps_total${of()}[26h])) == 0 and on () sum(increase(count_requests_counted_total${of()}[24h] offset 26h)) > 0`,
      "No day was closed for 26 hours",
      "The CronJob has not run, or has failed. Nothing is lost: the next run closes every day that is over.",
    ),
    rule(
      "CountDatabaseBusy",
      15,
      `min_over_time(count_db_waiting_statements${of()}[5m]) > 0`,
      "Statements wait for a connection to the database",
      "All connections of a server are busy all the time. Raise dbPoolSize if the database has capacity.",
    ),
  ];
}
