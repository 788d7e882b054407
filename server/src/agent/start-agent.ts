import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CountClientError } from "@count/client";
import { Drops, deliverQueue, Ledger, type QueueDelivery } from "@count/client/parts";
import { file_count_v1_count } from "@count/proto";
import { file_envoy_service_accesslog_v3_als } from "@count/proto/envoy";
import { formatAddress } from "../config/address.ts";
import { type AgentConfig, formatPlace } from "../config/agent-config.ts";
import { CountError } from "../domain/count-error.ts";
import type { Logger } from "../observability/logger.ts";
import { startGrpcServer } from "../rpc/grpc-server.ts";
import { Health } from "../rpc/health.ts";
import { reflectionServices } from "../rpc/reflection.ts";
import type { ReleaseStack } from "../serve/release-stack.ts";
import { aroundFlush } from "../tracing/around.ts";
import { openTracing } from "../tracing/open-tracing.ts";
import { startHttpServer } from "../web/http-server.ts";
import type { AgentReadiness } from "./agent-readiness.ts";
import { countAgentService } from "./count-agent-service.ts";
import { Counts } from "./counts/counts.ts";
import { envoyService } from "./envoy/envoy-service.ts";
import { agentRoutes } from "./http/agent-routes.ts";
import { Intake } from "./intake/intake.ts";
import type { AgentMetrics } from "./metrics.ts";
import type { RunningProxy } from "./proxy/running-proxy.ts";
import { startProxy } from "./proxy/start-proxy.ts";
import type { AgentQueue } from "./queue/agent-queue.ts";
import { openDiskQueue } from "./queue/disk-agent-queue.ts";
import { MemoryQueue } from "./queue/memory-queue.ts";
import { Origins } from "./queue/origins.ts";
import { openPathNamer } from "./routes/path-namer.ts";

export interface AgentContext {
  readonly config: AgentConfig;
  /** The process's, for OpenTelemetry. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: AgentMetrics;
  readonly readiness: AgentReadiness;
  readonly releases: ReleaseStack;
  /** What makes the agent stop by itself. */
  readonly fail: (error: unknown) => void;
}

export interface RunningAgent {
  /** Takes nothing new, and waits for what is under way; after `limitMs` it is cut off. @returns false when it was */
  drain(limitMs: number): Promise<boolean>;
  /** Delivers the queue, at most for `limitMs`, and says how many requests are left. */
  deliver(limitMs: number): Promise<{ readonly requests: number; readonly survives: boolean }>;
}

/** For the last traces. */
const TRACES_MS = 500;
/** For the good end of the stream to the server. */
const END_MS = 300;

/** Starts everything, registering the release of each thing as it is acquired. */
export async function startAgent(context: AgentContext): Promise<RunningAgent> {
  const { config, env, logger, metrics, readiness, releases, version, fail } = context;
  const tracing = await openTracing({
    env,
    service: "count-agent",
    version,
    logger,
    onExportFailure: metrics.traceExportFailed,
  });
  if (tracing !== undefined) releases.add("the traces", () => tracing.close(TRACES_MS));
  const name = openPathNamer(config);
  const http = await startHttpServer({
    address: config.httpAddress,
    routes: agentRoutes({
      unreadyReasons: () => readiness.reasons,
      queue: worthOf(config),
      registry: metrics.registry,
    }),
    onError: (error, path) => logger.error({ err: error, path }, "HTTP failed"),
  });
  releases.add("the HTTP server", () => http.close(500));

  const drops = new Drops();
  const ledger = new Ledger();
  const { queue, origins } = openQueue(context, drops, ledger);
  const parts: { delivery?: QueueDelivery; intake?: Intake } = {};
  /** While stopping: something was acknowledged. */
  let onDelivered = (): void => undefined;
  const watchRoom = (): void => {
    // With a proxy a full queue is no reason to take traffic away from the application.
    if (config.proxy === undefined) readiness.set("queue", queue.hasRoom ? undefined : fullReason(queue));
  };
  const onCommitted = (): void => {
    parts.delivery?.wake();
    watchRoom();
  };
  const broken = (error: unknown): void => {
    fail(
      new CountError("unavailable", `the queue cannot be synced any more: ${CountError.from(error).message}`, error),
    );
  };
  const { target, tls, tokenFile } = config.server;
  const delivery = asConfiguration(() =>
    deliverQueue({
      target,
      tls,
      ...(tokenFile === undefined ? {} : { token: () => readFileSync(tokenFile, "utf8").trim() }),
      source: () => queue.source(),
      ledger,
      logger: { warn: (message) => logger.warn({}, message), debug: (message) => logger.debug({}, message) },
      onProgress: () => {
        metrics.delivered();
        parts.intake?.roomMade();
        watchRoom();
        onDelivered();
      },
    }),
  );
  parts.delivery = delivery;
  releases.add("the delivery", () => delivery.close(END_MS));
  const shared = { queue, drops, onCommitted, onBroken: broken };
  const intake = new Intake({
    ...shared,
    origins,
    limits: config.limits,
    observer: metrics.intake,
    aroundFlush: tracing && aroundFlush(tracing),
  });
  parts.intake = intake;
  const counts = new Counts({
    ...shared,
    service: config.service,
    sealAfterMs: config.sealAfterMs,
    onWriteError: (error) => logger.warn({ reason: CountError.from(error).message }, "the queue cannot be written"),
  });
  metrics.watch({ queue, delivery, ledger, drops, waiting: () => counts.waiting });
  // What an earlier process has left.
  delivery.wake();

  const health = new Health(["count.v1.CountService"]);
  const grpc = await startGrpcServer({
    address: config.listen,
    maxMessageBytes: config.maxMessageBytes,
    services: [
      health,
      ...reflectionServices([file_count_v1_count, file_envoy_service_accesslog_v3_als]),
      countAgentService(intake),
      envoyService({
        name,
        record: (method, path, atMs) => counts.record(method, path, atMs),
        observer: metrics.envoy,
      }),
    ],
    interceptors: tracing === undefined ? [metrics.grpc] : [metrics.grpc, tracing.grpc],
  });
  releases.add("the gRPC server", () => grpc.close());
  const proxy: RunningProxy | undefined =
    config.proxy &&
    (await startProxy({
      config: config.proxy,
      name,
      record: (method, path) => counts.record(method, path),
      observer: metrics.proxy,
      logger,
    }));
  if (proxy !== undefined) releases.add("the proxy", () => proxy.drain(0));
  health.set(true);
  readiness.set("start", undefined);
  watchRoom();
  logger.info(
    {
      listen: formatPlace(grpc.address),
      http: formatAddress(http.address),
      ...(proxy && config.proxy ? { proxy: formatAddress(proxy.address), upstream: config.proxy.upstream } : {}),
      server: target,
      queue: worthOf(config),
      recovered: queue.recovered.requests,
    },
    "Count agent is ready",
  );
  return {
    async drain(limitMs) {
      health.set(false);
      const drained = await Promise.all([grpc.drain(limitMs), proxy?.drain(limitMs) ?? true]);
      await intake.close();
      await counts.close();
      return drained.every(Boolean);
    },
    async deliver(limitMs) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, limitMs - END_MS));
        onDelivered = () => {
          // What had no room in the queue, if there is room now.
          void counts.flush();
          if (queue.batches > 0 || counts.waiting > 0) return;
          clearTimeout(timer);
          resolve();
        };
        delivery.wake();
        onDelivered();
      });
      return {
        requests: queue.requests + counts.waiting,
        survives: config.queue.kind === "disk" && counts.waiting === 0,
      };
    },
  };
}

function openQueue(
  { config, logger, metrics, releases }: AgentContext,
  drops: Drops,
  ledger: Ledger,
): { queue: AgentQueue; origins: Origins } {
  const { directory, maxBytes } = config.queue;
  if (directory === undefined) {
    logger.warn({ maxBytes }, "the queue is in memory: what waits for a server is lost when this process ends");
    const queue = new MemoryQueue({ maxBytes, drops, ledger, monotonicNow: () => performance.now() });
    return { queue, origins: new Origins(undefined) };
  }
  return asConfiguration(() => {
    makeDirectory(directory);
    metrics.queueFolder(directory);
    const origins = new Origins(join(directory, "origins.json"));
    const queue = openDiskQueue({ directory, maxBytes, drops, ledger, logger, origins });
    releases.add("the queue", () => queue.close());
    if (queue.recovered.batches > 0) logger.info({ ...queue.recovered }, "an earlier agent left this in the queue");
    return { queue, origins };
  });
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CountError(
      "invalid",
      `the queue's folder ${directory} cannot be made: ${CountError.from(error).message}`,
    );
  }
}

/** What the client's parts refuse is a configuration that has to be corrected, or a folder that another agent has. */
function asConfiguration<Part>(open: () => Part): Part {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof CountClientError)) throw error;
    throw new CountError(error.code === "in-use" ? "unavailable" : "invalid", error.message, error);
  }
}

function worthOf({ queue }: AgentConfig): string {
  return queue.kind === "disk"
    ? "on disk: what is answered for survives this process and a power loss"
    : "in memory: what is answered for is lost when this process ends before a server has it";
}

function fullReason({ bytes, maxBytes, batches }: AgentQueue): string {
  return `the queue is full: ${batches} batches, ${bytes} of ${maxBytes} bytes; no Count server takes them fast enough`;
}
