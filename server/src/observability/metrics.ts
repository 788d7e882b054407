import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { AUTH_REFUSALS } from "../auth/authenticator.ts";
import { LIMITS, type LimitName } from "../domain/call-limits.ts";
import { type AuthMetrics, authMetrics } from "./auth-metrics.ts";
import { type DatabaseMetrics, databaseMetrics } from "./database-metrics.ts";
import { diskMetrics } from "./disk-metrics.ts";
import { grpcMetrics } from "./grpc-metrics.ts";
import { httpMetrics } from "./http-metrics.ts";
import { type IngestMetrics, ingestMetrics } from "./ingest-metrics.ts";
import { limitMetrics } from "./limit-metrics.ts";
import { type RollupMetrics, rollupMetrics } from "./rollup-metrics.ts";
import { type TlsMetrics, tlsMetrics } from "./tls-metrics.ts";
import { todayMetrics } from "./today-metrics.ts";

/**
 * Everything that a server measures, in one registry of its own: two servers in one process do not share figures.
 *
 * A metric is made where it is told of, and in this registry from the start, with its name, its labels and its help:
 * `npm run generate` reads them from here into docs/metrics.md and into the names that dashboard and alerts may use.
 */
export interface Metrics {
  readonly registry: Registry;
  readonly ingest: IngestMetrics;
  readonly grpc: ReturnType<typeof grpcMetrics>;
  readonly http: ReturnType<typeof httpMetrics>;
  readonly today: ReturnType<typeof todayMetrics>;
  readonly database: DatabaseMetrics;
  readonly rollup: RollupMetrics;
  readonly tls: TlsMetrics;
  readonly auth: AuthMetrics;
  /** A limit has kept something out, or held it up. */
  readonly limited: (limit: LimitName) => void;
  /** Where the embedded PostgreSQL keeps its data. */
  readonly embeddedFolder: (folder: string) => void;
  /** 1 while the server is ready. */
  readonly ready: (isReady: boolean) => void;
  /** A record was written to the log. */
  readonly logged: (level: string) => void;
  readonly traceExportFailed: () => void;
}

export interface BuildInfo {
  readonly version: string;
}

export function createMetrics({ version }: BuildInfo): Metrics {
  const registry = new Registry();
  processMetrics(registry, version);
  const ready = new Gauge({ name: "count_ready", help: "1 while the server is ready.", registers: [registry] });
  return {
    registry,
    ingest: ingestMetrics(registry),
    grpc: grpcMetrics(registry),
    http: httpMetrics(registry),
    today: todayMetrics(registry),
    database: databaseMetrics(registry),
    rollup: rollupMetrics(registry),
    tls: tlsMetrics(registry),
    auth: authMetrics(registry, AUTH_REFUSALS),
    limited: limitMetrics(registry, LIMITS),
    embeddedFolder: diskMetrics(registry, { prefix: "count_embedded_disk", of: "the embedded PostgreSQL's folder" }),
    ready: (isReady) => ready.set(isReady ? 1 : 0),
    logged: logMetrics(registry),
    traceExportFailed: traceMetrics(registry),
  };
}

/** What every process of Count tells: those of Node.js, and what runs. */
export function processMetrics(registry: Registry, version: string): void {
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "count_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
}

/** Counts exports of traces that failed. @returns to be called for each */
export function traceMetrics(registry: Registry): () => void {
  const failures = new Counter({
    name: "count_trace_export_failures_total",
    help: "Exports of OpenTelemetry traces that failed: their spans are lost, and nothing else.",
    registers: [registry],
  });
  return () => failures.inc();
}

/** Counts log records. @returns to be called for each, with its level */
export function logMetrics(registry: Registry): (level: string) => void {
  const records = new Counter({
    name: "count_log_records_total",
    help: "Records written to the log, by level.",
    labelNames: ["level"],
    registers: [registry],
  });
  for (const level of ["warn", "error", "fatal"]) records.inc({ level }, 0);
  return (level) => records.inc({ level });
}
