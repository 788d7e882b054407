import { RefusalReason } from "@count/proto";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { REFUSAL_REASONS } from "../domain/refusal.ts";
import type { IngestObserver } from "../ingest/ingest-observer.ts";

/** `PATH_INVALID` as the label `path_invalid`. A reason that is newer than this server has its number. */
export function reasonLabel(reason: RefusalReason): string {
  const name = RefusalReason[reason] as string | undefined;
  return name === undefined ? String(reason) : name.toLowerCase();
}

/** The group that fills: what it has, and the most that it may have. */
export interface WaitingFigures {
  readonly counts: number;
  readonly capacity: number;
}

export interface IngestMetrics extends IngestObserver {
  /** From then on the gauges ask `figures` whenever they are scraped. */
  watch(figures: () => WaitingFigures): void;
}

/** What ingest tells of itself, as metrics. @param now milliseconds since 1970-01-01T00:00:00Z */
export function ingestMetrics(registry: Registry, now: () => number = Date.now): IngestMetrics {
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
  const lastFlush = new Gauge({
    name: "count_flush_last_success_timestamp_seconds",
    help: "When the last flush was committed; no sample before the first.",
    registers,
  });
  lastFlush.remove();
  const overflowed = new Counter({
    name: "count_requests_overflowed_total",
    help: "Requests that were counted under (overflow), because their service has too many paths, or there are too many services.",
    labelNames: ["limit"],
    registers,
  });
  const dropped = new Counter({
    name: "count_requests_dropped_by_senders_total",
    help: "Requests that senders of Record say they dropped before they could send them: these are lost.",
    registers,
  });
  const resent = new Counter({
    name: "count_record_batches_resent_total",
    help: "Batches of Record that had been taken already, and were not counted again.",
    registers,
  });
  const conflicts = new Counter({
    name: "count_flush_cursor_conflicts_total",
    help: "Tries of a flush that did not fit the cursors of its senders: another server was ahead, or a COMMIT's answer was lost.",
    registers,
  });
  const full = new Gauge({
    name: "count_full",
    help: "1 while streams are not read because the server is full.",
    registers,
  });
  const watch = watchWaiting(registers);
  // From the start, so that a rate over a rare event does not begin with its second occurrence.
  for (const call of ["add", "record"]) counted.inc({ call }, 0);
  for (const reason of REFUSAL_REASONS)
    for (const call of ["add", "record"]) refused.inc({ call, reason: reasonLabel(reason) }, 0);
  for (const limit of ["paths", "services"]) overflowed.inc({ limit }, 0);
  return {
    watch,
    counted: (call, count) => counted.inc({ call }, count),
    refused: (call, reason, count) => refused.inc({ call, reason: reasonLabel(reason) }, count),
    flushed: (flush) => {
      seconds.observe(flush.seconds);
      requests.observe(flush.requests);
      keys.observe(flush.keys);
      lastFlush.set(now() / 1_000);
    },
    flushFailed: (count) => {
      failures.inc();
      failedRequests.inc(count);
    },
    overflowed: (limit, count) => overflowed.inc({ limit }, count),
    droppedBySenders: (count) => dropped.inc(count),
    resent: () => resent.inc(),
    cursorMoved: () => conflicts.inc(),
    full: (isFull) => full.set(isFull ? 1 : 0),
  };
}

function watchWaiting(registers: Registry[]): IngestMetrics["watch"] {
  let figures = (): WaitingFigures => ({ counts: 0, capacity: 0 });
  const gauge = (name: string, help: string, ask: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(ask());
      },
    });
  gauge(
    "count_ingest_waiting_counts",
    "Different (key, 15 minutes) that wait for their flush.",
    () => figures().counts,
  );
  gauge("count_ingest_waiting_counts_max", "How many may wait before streams are not read.", () => figures().capacity);
  return (ask) => {
    figures = ask;
  };
}
