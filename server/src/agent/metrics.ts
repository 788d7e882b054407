import { DROP_REASONS, type Drops, type Ledger, type QueueDelivery } from "@count/client/parts";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { IngestObserver } from "../ingest/ingest-observer.ts";
import { grpcMetrics } from "../observability/grpc-metrics.ts";
import { reasonLabel } from "../observability/ingest-metrics.ts";
import type { AgentQueue } from "./queue/agent-queue.ts";

/** What the gauges ask when they are scraped. */
export interface AgentFigures {
  readonly queue: Pick<AgentQueue, "bytes" | "maxBytes" | "batches" | "requests">;
  readonly delivery: Pick<QueueDelivery, "state" | "counts">;
  readonly ledger: Ledger;
  readonly drops: Drops;
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
  /** From then on the gauges ask for these. */
  watch(figures: AgentFigures): void;
}

export function createAgentMetrics(version: string): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "count_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.version }, 1);
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
    watch: (figures) => watch(registry, figures),
  };
}

function intakeMetrics(registry: Registry): IngestObserver {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `count_agent_${name}`, help, labelNames: [...labelNames], registers });
  const taken = counter("requests_taken_total", "Requests that local callers were answered for.", ["call"]);
  const refused = counter("requests_refused_total", "Requests that local callers were refused.", ["call", "reason"]);
  const given = counter(
    "requests_turned_away_total",
    "Requests of Add that the queue had no room for, or could not take.",
  );
  const seconds = new Histogram({
    name: "count_agent_flush_seconds",
    help: "Time from a group's first batch to its commit to the queue.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const full = new Gauge({
    name: "count_agent_full",
    help: "1 while Record streams are not read because the queue is full.",
    registers,
  });
  for (const call of ["add", "record"]) taken.inc({ call }, 0);
  return {
    counted: (call, count) => taken.inc({ call }, count),
    refused: (call, reason, count) => refused.inc({ call, reason: reasonLabel(reason) }, count),
    flushed: (flush) => seconds.observe(flush.seconds),
    flushFailed: (count) => given.inc(count),
    full: (isFull) => full.set(isFull ? 1 : 0),
  };
}

function watch(registry: Registry, { queue, delivery, ledger, drops, waiting }: AgentFigures): void {
  const gauge = (name: string, help: string, ask: () => number) =>
    new Gauge({
      name: `count_agent_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(ask());
      },
    });
  gauge("queue_bytes", "Size of the queue.", () => queue.bytes);
  gauge("queue_capacity_bytes", "Size that it may have.", () => queue.maxBytes);
  gauge("queue_batches", "Batches in the queue.", () => queue.batches);
  gauge("queue_requests", "Requests in the queue.", () => queue.requests);
  gauge("waiting_requests", "Requests that the agent counted by itself and that are not in the queue yet.", waiting);
  gauge("streaming", "1 while a Count server takes batches.", () => (delivery.state === "streaming" ? 1 : 0));
  // prom-client's counters cannot be set; these only ever grow.
  gauge("acknowledged_requests", "Requests that a Count server has answered for, stored or refused.", () => {
    return ledger.acknowledged;
  });
  gauge("streams_failed", "Streams to a Count server that failed.", () => delivery.counts.failures);
  gauge("batches_sent", "Batches that were sent.", () => delivery.counts.batchesSent);
  gauge("batches_resent", "Batches that were sent again.", () => delivery.counts.batchesResent);
  new Gauge({
    name: "count_agent_dropped_requests",
    help: "Requests that the agent dropped, by reason.",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      const byReason = drops.byReason();
      for (const reason of DROP_REASONS) this.set({ reason }, byReason[reason]);
    },
  });
  new Gauge({
    name: "count_agent_refused_upstream_requests",
    help: "Requests that a Count server refused, by reason.",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      for (const [reason, count] of Object.entries(ledger.refused())) this.set({ reason }, count);
    },
  });
}
