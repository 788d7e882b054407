import type { PoolDatabase } from "../db/pool-database.ts";
import { Ingest } from "../ingest/ingest.ts";
import { logFailedFlushes } from "../observability/log-failed-flushes.ts";
import { countGrpcService } from "../rpc/count-service.ts";
import { aroundFlush, aroundStep } from "../tracing/around.ts";
import type { CountParts, PartContext } from "./parts.ts";

/** count.v1 on a database. */
export function openCount(
  database: PoolDatabase,
  closeLimitMs: number,
  { config, logger, metrics, tracing }: PartContext,
): Promise<CountParts> {
  const observer = logFailedFlushes(metrics.ingest, logger);
  const ingest = new Ingest({
    database,
    limits: config.limits,
    observer,
    closeLimitMs,
    aroundFlush: tracing && aroundFlush(tracing),
  });
  const service = countGrpcService({
    database,
    ingest,
    rollup: metrics.rollup,
    aroundStep: tracing && aroundStep(tracing),
  });
  metrics.ingest.watch(() => ingest.waiting);
  return Promise.resolve({ service, close: () => ingest.close() });
}
