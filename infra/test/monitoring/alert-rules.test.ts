import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { alertRules } from "../../src/monitoring/alert-rules.ts";
import { dashboard } from "../../src/monitoring/dashboard/dashboard.ts";
import { GO_LIMIT_MS, withoutGo } from "../support/go.ts";
import { faultsOf } from "../support/promql.ts";
import { promtool, promtoolProgram } from "../support/promtool.ts";

const OPTIONS = { service: "count", severity: "warning", urgentSeverity: "critical" };
const rules = alertRules(OPTIONS);

describe("the alert rules", () => {
  test("ask only for metrics and labels that exist, in expressions that parse", () => {
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.flatMap(({ alert, expr }) => faultsOf(expr).map((fault) => `${alert}: ${fault}`))).toEqual([]);
  });

  test("say what is wrong and what follows, and how urgent it is", () => {
    for (const { annotations } of rules) {
      expect(annotations.summary).not.toBe("");
      expect(annotations.description).toMatch(/\. Runbook: docs\/operations\.md#[a-z-]+$/);
    }
    expect(rules.filter(({ labels }) => labels["severity"] === "critical").map(({ alert }) => alert)).toEqual([
      "CountNotReady",
      "CountDatabaseAway",
      "CountFlushesFail",
      "CountSendersDrop",
      "CountCertificateEnds",
      "CountAgentQueueFills",
      "CountAgentDrops",
      "CountClientDrops",
    ]);
  });

  test("name labels in their texts that the alert has", () => {
    for (const { alert, expr, annotations } of rules) {
      const grouped = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(", ");
      const told = [...annotations.description.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");
      expect([alert, told.filter((label) => grouped !== undefined && !grouped.includes(label))]).toEqual([alert, []]);
    }
  });

  test("name sections of the operations guide that exist", () => {
    const guide = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");
    const anchors = [...guide.matchAll(/^## (.+)$/gm)].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    const url = "https://docs.example.org/operations";
    for (const { alert, annotations } of alertRules({ ...OPTIONS, runbookUrl: url })) {
      const anchor = annotations.runbook_url?.replace(`${url}#`, "") ?? "";
      expect([alert, anchors.includes(anchor), annotations.description.endsWith(`#${anchor}`)]).toEqual([
        alert,
        true,
        true,
      ]);
    }
  });
});

/** An alert, with what Prometheus finds; each line of `series` is a sample a minute. */
interface Case {
  readonly alert: string;
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked at. */
  readonly at: string;
  /** Labels of what fires, besides severity. None: it does not. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const SERVER = 'service="count",namespace="apis",instance="a"';
const server = { namespace: "apis", instance: "a" };
const HOURS = 3_600;

const CASES: readonly Case[] = [
  { alert: "CountNotReady", at: "10m", series: { [`count_ready{${SERVER}}`]: "0x20" }, fires: [{ namespace: "apis" }] },
  { alert: "CountNotReady", at: "10m", series: { [`count_ready{${SERVER}}`]: "1x20" }, fires: [] },
  { alert: "CountNotReady", at: "10m", series: {}, fires: [{ service: "count" }] },
  {
    alert: "CountNotReady",
    at: "10m",
    series: {
      [`count_ready{${SERVER}}`]: "0x20",
      'count_ready{service="count",namespace="apis",instance="b"}': "1x20",
    },
    fires: [],
  },
  {
    alert: "CountServerNotReady",
    at: "40m",
    series: {
      [`count_ready{${SERVER}}`]: "0x60",
      'count_ready{service="count",namespace="apis",instance="b"}': "1x60",
    },
    fires: [server],
  },
  {
    alert: "CountDatabaseAway",
    at: "5m",
    series: { [`count_db_up{${SERVER}}`]: "0x10" },
    fires: [{ namespace: "apis" }],
  },
  {
    alert: "CountSchemaBehind",
    at: "20m",
    series: { [`count_db_missing_migrations{${SERVER}}`]: "2x30" },
    fires: [{ namespace: "apis" }],
  },
  {
    alert: "CountFlushesFail",
    at: "20m",
    series: { [`count_flush_failures_total{${SERVER}}`]: "0+1x30" },
    fires: [{ namespace: "apis" }],
  },
  { alert: "CountFlushesFail", at: "20m", series: { [`count_flush_failures_total{${SERVER}}`]: "7x30" }, fires: [] },
  {
    alert: "CountDiskFills",
    at: "30m",
    series: {
      [`count_embedded_disk_free_bytes{${SERVER}}`]: "5x60",
      [`count_embedded_disk_size_bytes{${SERVER}}`]: "100x60",
    },
    fires: [{ ...server, service: "count" }],
  },
  { alert: "CountFull", at: "20m", series: { [`count_full{${SERVER}}`]: "1x30" }, fires: [{ namespace: "apis" }] },
  // Full for a moment now and then is how a busy server works.
  { alert: "CountFull", at: "20m", series: { [`count_full{${SERVER}}`]: "1x10 0x1 1x20" }, fires: [] },
  {
    alert: "CountDatabaseBusy",
    at: "30m",
    series: { [`count_db_waiting_statements{${SERVER}}`]: "4x40" },
    fires: [{ ...server, service: "count" }],
  },
  {
    alert: "CountDatabaseBusy",
    at: "30m",
    series: { [`count_db_waiting_statements{${SERVER}}`]: "4x8 0x1 4x8 0x1 4x20" },
    fires: [],
  },
  {
    alert: "CountEventLoopLags",
    at: "20m",
    series: { [`nodejs_eventloop_lag_p99_seconds{${SERVER}}`]: "0.6x30" },
    fires: [server],
  },
  {
    alert: "CountEventLoopLags",
    at: "20m",
    series: { [`nodejs_eventloop_lag_p99_seconds{${SERVER}}`]: "0.1x30" },
    fires: [],
  },
  {
    alert: "CountRefusesRequests",
    at: "30m",
    series: { [`count_requests_refused_total{${SERVER},call="record",reason="path_invalid"}`]: "0+3x60" },
    fires: [{ namespace: "apis", reason: "path_invalid" }],
  },
  {
    alert: "CountOverflows",
    at: "30m",
    series: { [`count_requests_overflowed_total{${SERVER},limit="paths"}`]: "0+3x60" },
    fires: [{ namespace: "apis", limit: "paths" }],
  },
  {
    alert: "CountSendersDrop",
    at: "5m",
    series: { [`count_requests_dropped_by_senders_total{${SERVER}}`]: "0x3 100x10" },
    fires: [{ namespace: "apis" }],
  },
  // Two servers know of the same day; one of them has just been started and knows nothing yet.
  {
    alert: "CountRollupOverdue",
    at: "10m",
    series: { [`count_rollup_overdue_seconds{${SERVER}}`]: `${26 * HOURS}+60x20` },
    fires: [{ namespace: "apis" }],
  },
  {
    alert: "CountRollupOverdue",
    at: "10m",
    series: { [`count_rollup_overdue_seconds{${SERVER}}`]: `${20 * HOURS}+60x20` },
    fires: [],
  },
  {
    alert: "CountRollupFails",
    at: "10m",
    series: { [`count_rollup_failures_total{${SERVER}}`]: "0x5 1x10" },
    fires: [{ namespace: "apis" }],
  },
  {
    alert: "CountClockOff",
    at: "20m",
    series: { [`count_db_clock_offset_seconds{${SERVER}}`]: "-3x30" },
    fires: [server],
  },
  { alert: "CountClockOff", at: "20m", series: { [`count_db_clock_offset_seconds{${SERVER}}`]: "0.2x30" }, fires: [] },
  {
    alert: "CountCertificateEnds",
    at: "2h",
    series: { [`count_tls_certificate_expiry_timestamp_seconds{${SERVER},file="server"}`]: `${6 * 24 * HOURS}x200` },
    fires: [{ namespace: "apis", file: "server" }],
  },
  {
    alert: "CountCertificateEnds",
    at: "2h",
    series: { [`count_tls_certificate_expiry_timestamp_seconds{${SERVER},file="server"}`]: `${60 * 24 * HOURS}x200` },
    fires: [],
  },
  {
    alert: "CountCertificateUnusable",
    at: "30m",
    series: { [`count_tls_reload_failures_total{${SERVER}}`]: "0+6x60" },
    fires: [server],
  },
  {
    alert: "CountTokensUnusable",
    at: "30m",
    series: { [`count_auth_reload_failures_total{${SERVER}}`]: "0+6x60" },
    fires: [server],
  },
  {
    alert: "CountCallersRefused",
    at: "30m",
    series: { [`count_auth_refused_total{${SERVER},reason="token_unknown"}`]: "0+6x60" },
    fires: [{ namespace: "apis", reason: "token_unknown" }],
  },
  {
    alert: "CountLimits",
    at: "30m",
    series: { [`count_limited_total{${SERVER},limit="calls"}`]: "0+6x60" },
    fires: [{ namespace: "apis", limit: "calls" }],
  },
  { alert: "CountLimits", at: "30m", series: { [`count_limited_total{${SERVER},limit="calls"}`]: "9x60" }, fires: [] },
  {
    alert: "CountRestarts",
    at: "30m",
    series: { [`process_start_time_seconds{${SERVER}}`]: "100x5 400x5 800x5 1300x20" },
    fires: [{ ...server, service: "count" }],
  },
  {
    alert: "CountFaults",
    at: "10m",
    series: { [`count_grpc_calls_total{${SERVER},method="count.v1.CountService/Record",code="INTERNAL"}`]: "0x5 1x10" },
    fires: [{ namespace: "apis", method: "count.v1.CountService/Record" }],
  },
  {
    alert: "CountAgentNotDelivering",
    at: "1h",
    series: {
      'count_agent_requests_acknowledged_total{instance="sidecar"}': "500x100",
      'count_agent_queue_requests{instance="sidecar"}': "1+1x100",
    },
    fires: [{ instance: "sidecar" }],
  },
  {
    alert: "CountAgentQueueFills",
    at: "10m",
    series: {
      'count_agent_queue_bytes{instance="sidecar"}': "90x20",
      'count_agent_queue_capacity_bytes{instance="sidecar"}': "100x20",
    },
    fires: [{ instance: "sidecar" }],
  },
  {
    alert: "CountAgentDiskFills",
    at: "20m",
    series: {
      'count_agent_queue_disk_free_bytes{instance="sidecar"}': "50x30",
      'count_agent_queue_bytes{instance="sidecar"}': "10x30",
      'count_agent_queue_capacity_bytes{instance="sidecar"}': "100x30",
    },
    fires: [{ instance: "sidecar" }],
  },
  {
    alert: "CountAgentDrops",
    at: "10m",
    series: { 'count_agent_requests_dropped_total{namespace="apis",instance="a",reason="queue_full"}': "0x5 10x10" },
    fires: [{ namespace: "apis", reason: "queue_full" }],
  },
  {
    alert: "CountAgentDrops",
    at: "10m",
    series: { 'count_agent_requests_dropped_total{namespace="apis",instance="a",reason="queue_full"}': "10x20" },
    fires: [],
  },
  {
    alert: "CountAgentTurnsAway",
    at: "20m",
    series: { 'count_agent_requests_turned_away_total{namespace="apis",instance="a"}': "0+1x30" },
    fires: [{ namespace: "apis" }],
  },
  {
    alert: "CountAgentTurnsAway",
    at: "20m",
    series: { 'count_agent_requests_turned_away_total{namespace="apis",instance="a"}': "7x30" },
    fires: [],
  },
  {
    alert: "CountClientNotDelivering",
    at: "1h",
    series: {
      'count_client_acknowledged_total{job="shop"}': "5x100",
      'count_client_pending_requests{job="shop"}': "0+10x100",
    },
    fires: [{ job: "shop" }],
  },
  // Idle is not stuck.
  {
    alert: "CountClientNotDelivering",
    at: "1h",
    series: {
      'count_client_acknowledged_total{job="shop"}': "5x100",
      'count_client_pending_requests{job="shop"}': "0x100",
    },
    fires: [],
  },
  {
    alert: "CountClientDrops",
    at: "10m",
    series: { 'count_client_dropped_total{job="shop",namespace="apis",reason="queue_full"}': "0x5 10x10" },
    fires: [{ job: "shop", namespace: "apis", reason: "queue_full" }],
  },
];

test("every alert has a case in which it fires", () => {
  const firing = new Set(CASES.filter(({ fires }) => fires.length > 0).map(({ alert }) => alert));
  expect(rules.map(({ alert }) => alert).filter((alert) => !firing.has(alert))).toEqual([]);
});

(withoutGo === undefined ? describe : describe.skip)("by Prometheus' own tool", () => {
  const rulesFile = stringify({ groups: [{ name: "count", rules }] });

  test(
    "fire when they should, and only then",
    async () => {
      const severity = new Map(rules.map(({ alert, labels }) => [alert, labels["severity"]]));
      const tests = CASES.map(({ alert, series, at, fires }) => ({
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [
          {
            alertname: alert,
            eval_time: at,
            exp_alerts: fires.map((labels) => ({ exp_labels: { ...labels, severity: severity.get(alert) } })),
          },
        ],
      }));
      const { code, says } = await promtool(
        await promtoolProgram(),
        ["test", "rules", "--ignore-unknown-fields", "test.yaml"],
        {
          // Their texts are looked at above.
          "rules.yaml": stringify({
            groups: [{ name: "count", rules: rules.map((rule) => ({ ...rule, annotations: {} })) }],
          }),
          "test.yaml": stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", fuzzy_compare: true, tests }),
        },
      );
      expect([code, says]).toEqual([0, expect.stringContaining("SUCCESS")]);
    },
    GO_LIMIT_MS,
  );

  test(
    "are valid, and so is every expression of the dashboard",
    async () => {
      const expressions = dashboard()
        .panels.flatMap((one) => (one.type === "row" ? [...one.panels] : [one]))
        .flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "2m")))
        .map((expr, at) => ({ record: `panel:${at}`, expr }));
      const { code, says } = await promtool(
        await promtoolProgram(),
        ["check", "rules", "--lint=none", "rules.yaml", "panels.yaml"],
        {
          "rules.yaml": rulesFile,
          "panels.yaml": stringify({ groups: [{ name: "panels", rules: expressions }] }),
        },
      );
      expect([code, says]).toEqual([0, expect.stringContaining(`SUCCESS: ${rules.length} rules found`)]);
    },
    GO_LIMIT_MS,
  );
});
