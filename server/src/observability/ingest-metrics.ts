import { RefusalReason } from "@count/proto";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { IngestObserver } from "../ingest/ingest-observer.ts";

/** `PATH_INVALID` as the label `path_invalid`. A reason that is newer than this server has its number. */
export function reasonLabel(reason: RefusalReason): string {
  const name = RefusalReason[reason] as string | undefined;
  return name === undefined ? String(reason) : name.toLowerCase();
}

/** What ingest tells of itself, as metrics. */
export function ingestMetrics(registry: Registry): IngestObserver {
  const registers = [registry];
  const counted = new Counter({
    name: "count_requests_counted_total",
    help: "Requests that were counted durably, by the call that brought them.",
    labelNames: ["call"],
    registers,
  });
  const refused = new Counter({
    name: "count_requests_refused_total",
    help: "Requests that were refused, by the call that brought them and the reason that their sender was told.",
    labelNames: ["call", "reason"],
    registers,
  });
  const seconds = new Histogram({
    name: "count_flush_seconds",
    help: "Time of a flush from its first statement to its commit.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const requests = new Histogram({
    name: "count_flush_requests",
    help: "Requests in a flush.",
    buckets: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
    registers,
  });
  const keys = new Histogram({
    name: "count_flush_keys",
    help: "Different (service, method, path, 15 minutes) in a flush.",
    buckets: [1, 10, 100, 1_000, 10_000, 100_000],
    registers,
  });
  const failures = new Counter({
    name: "count_flush_failures_total",
    help: "Flushes that were given up; their senders were told so.",
    registers,
  });
  const failedRequests = new Counter({
    name: "count_flush_failed_requests_total",
    help: "Requests in flushes that were given up.",
    registers,
  });
  const full = new Gauge({
    name: "count_full",
    help: "1 while streams are not read because the server is full.",
    registers,
  });
  // From the start, so that a rate over a rare event does not begin with its second occurrence.
  for (const call of ["add", "record"]) counted.inc({ call }, 0);
  return {
    counted: (call, count) => counted.inc({ call }, count),
    refused: (call, reason, count) => refused.inc({ call, reason: reasonLabel(reason) }, count),
    flushed: (flush) => {
      seconds.observe(flush.seconds);
      requests.observe(flush.requests);
      keys.observe(flush.keys);
    },
    flushFailed: (count) => {
      failures.inc();
      failedRequests.inc(count);
    },
    full: (isFull) => full.set(isFull ? 1 : 0),
  };
}
