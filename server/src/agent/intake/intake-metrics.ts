import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { IngestObserver } from "../../ingest/ingest-observer.ts";
import { reasonLabel } from "../../observability/ingest-metrics.ts";

/** What the intake tells of itself, as metrics. An agent has no limit of paths, and no cursors in a database. */
export function intakeMetrics(registry: Registry): IngestObserver {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `count_agent_${name}`, help, labelNames: [...labelNames], registers });
  const taken = counter("requests_taken_total", "Requests that local callers were answered for.", ["call"]);
  const refused = counter("requests_refused_total", "Requests that local callers were refused.", ["call", "reason"]);
  const given = counter(
    "requests_turned_away_total",
    "Requests of Add that the queue had no room for, or could not take.",
  );
  const resent = counter(
    "record_batches_resent_total",
    "Batches of local senders that had been taken already, and were not counted again.",
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
    resent: () => resent.inc(),
    full: (isFull) => full.set(isFull ? 1 : 0),
    overflowed: () => undefined,
    // They go to the server with the agent's own.
    droppedBySenders: () => undefined,
    cursorMoved: () => undefined,
  };
}
