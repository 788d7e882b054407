import type { DropReason } from "./counting/drops.ts";
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

/** One metric of {@link prometheusText}. */
export interface ClientMetric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** The label of its samples; without it there is one sample. */
  readonly label?: string;
  /** The value, or the values by label. */
  readonly value: (statistics: Statistics) => number | Readonly<Record<string, number>>;
}

/** Every metric that a client has, in the order of {@link prometheusText}. */
export const CLIENT_METRICS: readonly ClientMetric[] = [
  metric("recorded_total", "Requests that were recorded.", (of) => of.recorded),
  metric("acknowledged_total", "Requests that a server has answered for, stored or refused.", (of) => of.acknowledged),
  metric("refused_total", "Requests that a server refused.", (of) => of.refused, "reason"),
  metric("dropped_total", "Requests that this client dropped: these are lost.", (of) => of.dropped, "reason"),
  metric("pending_requests", "Requests that wait for a server.", (of) => of.pending),
  metric("open_keys", "Keys that wait to be sealed.", (of) => of.openKeys),
  metric("queue_bytes", "Bytes of the queue on disk.", (of) => of.diskBytes),
  metric("queue_capacity_bytes", "Bytes that the queue on disk may have.", (of) => of.maxDiskBytes),
  metric("streaming", "1 while a server takes batches.", (of) => (of.state === "streaming" ? 1 : 0)),
  metric("streams_total", "Attempts at a stream.", (of) => of.streams),
  metric("stream_failures_total", "Streams that failed.", (of) => of.failures),
  metric("batches_sent_total", "Batches that were sent.", (of) => of.batchesSent),
  metric("batches_resent_total", "Batches that were sent again.", (of) => of.batchesResent),
];

function metric(name: string, help: string, value: ClientMetric["value"], label?: string): ClientMetric {
  const type = name.endsWith("_total") ? "counter" : "gauge";
  return { name: `count_client_${name}`, type, help, value, ...(label === undefined ? {} : { label }) };
}

/** The statistics in Prometheus' text format 0.0.4. */
export function prometheusText(statistics: Statistics): string {
  return CLIENT_METRICS.map(({ name, type, help, label, value }) => {
    const found = value(statistics);
    const samples =
      typeof found === "number"
        ? [`${name} ${found}`]
        : Object.entries(found).map(([of, count]) => `${name}{${label ?? ""}="${of}"} ${count}`);
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples, ""].join("\n");
  }).join("");
}
