import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { IngestObserver } from "../ingest/ingest-observer.ts";
import { type DatabaseMetrics, databaseMetrics } from "./database-metrics.ts";
import { grpcMetrics } from "./grpc-metrics.ts";
import { ingestMetrics } from "./ingest-metrics.ts";
import { rollupMetrics } from "./rollup-metrics.ts";

/** Everything that a server measures, in one registry of its own: two servers in one process do not share figures. */
export interface Metrics {
  readonly registry: Registry;
  readonly ingest: IngestObserver;
  readonly grpc: ReturnType<typeof grpcMetrics>;
  readonly database: DatabaseMetrics;
  readonly rollup: ReturnType<typeof rollupMetrics>;
  /** 1 while the server is ready. */
  readonly ready: (isReady: boolean) => void;
}

export interface BuildInfo {
  readonly version: string;
}

export function createMetrics({ version }: BuildInfo): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "count_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  const ready = new Gauge({ name: "count_ready", help: "1 while the server is ready.", registers: [registry] });
  return {
    registry,
    ingest: ingestMetrics(registry),
    grpc: grpcMetrics(registry),
    database: databaseMetrics(registry),
    rollup: rollupMetrics(registry),
    ready: (isReady) => ready.set(isReady ? 1 : 0),
  };
}
