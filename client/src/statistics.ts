import { DROP_REASONS, type DropReason } from "./counting/drops.ts";
import type { SenderState } from "./delivery/sender.ts";

/** What became of the requests. At every moment: `recorded = acknowledged + dropped + pending`. */
export interface Statistics {
  /** Calls of `record()`, and what an earlier process left in the queue on disk (`recovered`). */
  readonly recorded: number;
  /** What a server has answered for: stored, or refused. */
  readonly acknowledged: number;
  /** Of `acknowledged`: what the server did not count, by its reason. Reasons that never occurred are absent. */
  readonly refused: Readonly<Record<string, number>>;
  /** What this client did not count, by reason; every reason is there. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** What waits for a server, or for its answer. */
  readonly pending: number;
  /** Of `pending`: what is in the queue on disk and survives the end of the process. */
  readonly pendingOnDisk: number;
  /** Of `recorded`: what an earlier process had left in the queue on disk. */
  readonly recovered: number;
  /** Different (service, method, path, bucket) that wait to be sealed. */
  readonly openKeys: number;
  /** Bytes of the queue on disk, and how many it may have; 0 without one. */
  readonly diskBytes: number;
  readonly maxDiskBytes: number;
  /** What the sender is doing; `streaming` when a server is there and takes batches. */
  readonly state: SenderState;
  readonly streams: number;
  readonly failures: number;
  readonly batchesSent: number;
  readonly batchesResent: number;
}

/** What `close()` could do. `pending` is lost but for `pendingOnDisk`; what was in flight may have been stored. */
export type CloseReport = Pick<
  Statistics,
  "recorded" | "acknowledged" | "refused" | "dropped" | "pending" | "pendingOnDisk"
>;

type Row = readonly [labels: string, value: number];

/** The statistics in Prometheus' text format 0.0.4. */
export function prometheusText(statistics: Statistics): string {
  const { refused, dropped } = statistics;
  const metric = (name: string, type: "counter" | "gauge", help: string, rows: readonly Row[]): string =>
    [
      `# HELP count_client_${name} ${help}`,
      `# TYPE count_client_${name} ${type}`,
      ...rows.map(([labels, value]) => `count_client_${name}${labels} ${value}`),
      "",
    ].join("\n");
  const single = (value: number): Row[] => [["", value]];
  return [
    metric("recorded_total", "counter", "Requests that were recorded.", single(statistics.recorded)),
    metric(
      "acknowledged_total",
      "counter",
      "Requests that a server has answered for, stored or refused.",
      single(statistics.acknowledged),
    ),
    metric(
      "refused_total",
      "counter",
      "Requests that a server refused.",
      Object.entries(refused).map(([reason, count]) => [`{reason="${reason}"}`, count]),
    ),
    metric(
      "dropped_total",
      "counter",
      "Requests that this client dropped.",
      DROP_REASONS.map((reason) => [`{reason="${reason}"}`, dropped[reason]]),
    ),
    metric("pending_requests", "gauge", "Requests that wait for a server.", single(statistics.pending)),
    metric("open_keys", "gauge", "Keys that wait to be sealed.", single(statistics.openKeys)),
    metric("queue_bytes", "gauge", "Bytes of the queue on disk.", single(statistics.diskBytes)),
    metric("queue_capacity_bytes", "gauge", "Bytes that it may have.", single(statistics.maxDiskBytes)),
    metric("streaming", "gauge", "1 while a server takes batches.", single(statistics.state === "streaming" ? 1 : 0)),
    metric("streams_total", "counter", "Attempts at a stream.", single(statistics.streams)),
    metric("stream_failures_total", "counter", "Streams that failed.", single(statistics.failures)),
    metric("batches_sent_total", "counter", "Batches that were sent.", single(statistics.batchesSent)),
    metric("batches_resent_total", "counter", "Batches that were sent again.", single(statistics.batchesResent)),
  ].join("");
}
