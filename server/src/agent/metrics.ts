import { DROP_REASONS, type Drops, type Ledger, type QueueDelivery } from "@count/client/parts";
import { Counter, Gauge, Registry } from "prom-client";
import type { IngestObserver } from "../ingest/ingest-observer.ts";
import { askedCounter, askedGauge } from "../observability/asked-metrics.ts";
import { diskMetrics } from "../observability/disk-metrics.ts";
import { grpcMetrics } from "../observability/grpc-metrics.ts";
import { logMetrics, processMetrics, traceMetrics } from "../observability/metrics.ts";
import { intakeMetrics } from "./intake/intake-metrics.ts";
import type { AgentQueue } from "./queue/agent-queue.ts";

/** What the gauges ask when they are scraped. */
export interface AgentFigures {
  readonly queue: Pick<AgentQueue, "bytes" | "maxBytes" | "batches" | "requests">;
  readonly delivery: Pick<QueueDelivery, "state" | "counts">;
  readonly ledger: Pick<Ledger, "acknowledged" | "refused">;
  readonly drops: Pick<Drops, "byReason">;
  /** Counts of the proxy and of access logs that are not in the queue yet. */
  readonly waiting: () => number;
}

/** What the proxy tells of itself. */
export interface ProxyObserver {
  /** A request has come. */
  request(protocol: "http1" | "http2" | "upgrade"): void;
  /** The proxy answered by itself. */
  failed(status: 400 | 501 | 502 | 504): void;
}

export interface EnvoyObserver {
  entries(kind: "http" | "tcp" | "intermediate", count: number): void;
}

export interface AgentMetrics {
  readonly registry: Registry;
  readonly grpc: ReturnType<typeof grpcMetrics>;
  readonly intake: IngestObserver;
  readonly proxy: ProxyObserver;
  readonly envoy: EnvoyObserver;
  readonly ready: (isReady: boolean) => void;
  readonly logged: (level: string) => void;
  readonly traceExportFailed: () => void;
  /** Where a queue on disk is. */
  readonly queueFolder: (folder: string) => void;
  /** A Count server has answered for something. */
  readonly delivered: () => void;
  /** From then on the gauges ask for these. */
  watch(figures: AgentFigures): void;
}

/** Everything that an agent measures; like those of the server it is read by `npm run generate`. */
export function createAgentMetrics(version: string): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  processMetrics(registry, version);
  const ready = new Gauge({ name: "count_agent_ready", help: "1 while the agent is ready.", registers });
  const requests = new Counter({
    name: "count_agent_proxy_requests_total",
    help: "Requests that came to the proxy.",
    labelNames: ["protocol"],
    registers,
  });
  const failures = new Counter({
    name: "count_agent_proxy_failures_total",
    help: "Requests that the proxy answered by itself, because the application could not.",
    labelNames: ["status"],
    registers,
  });
  const entries = new Counter({
    name: "count_agent_envoy_entries_total",
    help: "Entries of Envoy's access logs; only http is counted.",
    labelNames: ["kind"],
    registers,
  });
  const delivered = new Gauge({
    name: "count_agent_last_acknowledged_timestamp_seconds",
    help: "When a Count server last answered for something; no sample before the first time.",
    registers,
  });
  delivered.remove();
  return {
    registry,
    grpc: grpcMetrics(registry),
    intake: intakeMetrics(registry),
    proxy: {
      request: (protocol) => requests.inc({ protocol }),
      failed: (status) => failures.inc({ status: String(status) }),
    },
    envoy: { entries: (kind, count) => entries.inc({ kind }, count) },
    ready: (isReady) => ready.set(isReady ? 1 : 0),
    logged: logMetrics(registry),
    traceExportFailed: traceMetrics(registry),
    queueFolder: diskMetrics(registry, { prefix: "count_agent_queue_disk", of: "the queue's folder" }),
    delivered: () => delivered.setToCurrentTime(),
    watch: queueMetrics(registry),
  };
}

/** @returns how to hand over the figures; before, nothing has come yet. */
function queueMetrics(registry: Registry): AgentMetrics["watch"] {
  let figures: AgentFigures | undefined;
  const gauge = (name: string, help: string, ask: (figures: AgentFigures) => number) =>
    askedGauge(registry, `count_agent_${name}`, help, () => figures && ask(figures));
  const counter = (name: string, help: string, ask: (figures: AgentFigures) => number) =>
    askedCounter(registry, `count_agent_${name}`, help, () => (figures === undefined ? 0 : ask(figures)));
  gauge("queue_bytes", "Size of the queue.", ({ queue }) => queue.bytes);
  gauge("queue_capacity_bytes", "Size that the queue may have.", ({ queue }) => queue.maxBytes);
  gauge("queue_batches", "Batches in the queue.", ({ queue }) => queue.batches);
  gauge("queue_requests", "Requests in the queue.", ({ queue }) => queue.requests);
  gauge("waiting_requests", "Requests that the agent counted by itself and that are not in the queue yet.", (of) =>
    of.waiting(),
  );
  gauge("streaming", "1 while a Count server takes batches.", ({ delivery }) =>
    delivery.state === "streaming" ? 1 : 0,
  );
  counter(
    "requests_acknowledged_total",
    "Requests that a Count server has answered for, stored or refused.",
    ({ ledger }) => ledger.acknowledged,
  );
  counter(
    "stream_failures_total",
    "Streams to a Count server that failed.",
    ({ delivery }) => delivery.counts.failures,
  );
  counter("batches_sent_total", "Batches that were sent.", ({ delivery }) => delivery.counts.batchesSent);
  counter("batches_resent_total", "Batches that were sent again.", ({ delivery }) => delivery.counts.batchesResent);
  const none = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0]));
  askedCounter(
    registry,
    "count_agent_requests_dropped_total",
    "Requests that the agent dropped, by reason: these are lost.",
    () => figures?.drops.byReason() ?? none,
    "reason",
  );
  askedCounter(
    registry,
    "count_agent_requests_refused_upstream_total",
    "Requests that a Count server refused, by reason.",
    () => figures?.ledger.refused() ?? {},
    "reason",
  );
  return (given) => {
    figures = given;
  };
}
