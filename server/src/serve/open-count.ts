import type { PoolDatabase } from "../db/pool-database.ts";
import { Ingest } from "../ingest/ingest.ts";
import { logFailedFlushes } from "../observability/log-failed-flushes.ts";
import { countGrpcService } from "../rpc/count-service.ts";
import { aroundFlush, aroundStep } from "../tracing/around.ts";
import type { CountParts, PartContext } from "./parts.ts";

/** count.v1 on a database. */
export async function openCount(
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
    totalDays: config.retention.totalDays,
    onPolicyError: ({ message }) => logger.warn({ reason: message }, "the path rules cannot be read; trying again"),
    aroundFlush: tracing && aroundFlush(tracing),
  });
  const service = countGrpcService({
    database,
    ingest,
    retention: config.retention,
    onRemoved: (expired) => {
      const { bucketRows, totalRows } = expired;
      metrics.rollup.removed({ bucketRows, totalRows });
      if (bucketRows + totalRows > 0) logger.info(expired, "removed what is older than it is kept");
    },
    rollup: metrics.rollup,
    aroundStep: tracing && aroundStep(tracing),
  });
  metrics.ingest.watch(() => ingest.waiting);
  // What has changed since this server's last life holds from its first request on.
  await ingest.policy.start();
  return { service, close: () => ingest.close() };
}
