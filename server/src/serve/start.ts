import { file_count_v1_count } from "@count/proto";
import type { Address } from "../config/address.ts";
import { CountError } from "../domain/count-error.ts";
import { affordableConnections } from "../net/open-files.ts";
import { Admission } from "../rpc/admission.ts";
import { admitCalls } from "../rpc/admit-calls.ts";
import { ClientLimits } from "../rpc/client-limits.ts";
import type { Credentials } from "../rpc/credentials.ts";
import { type GrpcServer, startGrpcServer } from "../rpc/grpc-server.ts";
import type { GrpcService } from "../rpc/grpc-service.ts";
import type { Health } from "../rpc/health.ts";
import { reflectionServices } from "../rpc/reflection.ts";
import { openTracing } from "../tracing/open-tracing.ts";
import { startHttpServer } from "../web/http-server.ts";
import { routes } from "../web/routes.ts";
import type { Whereabouts } from "./announce.ts";
import { openAuth } from "./open-auth.ts";
import { openDatabase } from "./open-database.ts";
import { openSite } from "./open-site.ts";
import { openTls } from "./open-tls.ts";
import type { EmbeddedServer, PartContext, ServeDatabase, ServeParts } from "./parts.ts";
import type { Readiness } from "./readiness.ts";
import type { ReleaseStack } from "./release-stack.ts";
import { startingService } from "./starting-service.ts";
import type { StopTimes } from "./stop-times.ts";
import { surveyDatabase } from "./survey-database.ts";
import { surveyToday } from "./survey-today.ts";
import { watchDatabase } from "./watch-database.ts";

export interface StartContext extends PartContext {
  readonly version: string;
  /** The process's, for OpenTelemetry: its variables are not Count's to name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readiness: Readiness;
  readonly health: Health;
  readonly releases: ReleaseStack;
  readonly times: StopTimes;
  /** Handed over as soon as it listens, since it is drained before anything is released. */
  readonly onGrpc: (server: GrpcServer) => void;
  /** What makes the server stop by itself. */
  readonly fail: (error: CountError) => void;
}

/**
 * Starts everything, registering the release of each thing as it is acquired. The ports open first, not ready, so that
 * liveness never depends on the database; count.v1 answers UNAVAILABLE until there is one.
 *
 * @returns where everything is, once the server is ready
 */
export async function start<Database extends ServeDatabase>(
  parts: ServeParts<Database>,
  asked: Omit<StartContext, "tracing">,
): Promise<Whereabouts> {
  const { config, env, logger, readiness, releases, metrics, times, version } = asked;
  const tracing = await openTracing({
    env,
    service: "count",
    version,
    logger,
    onExportFailure: metrics.traceExportFailed,
  });
  if (tracing !== undefined) releases.add("the traces", () => tracing.close(times.closeMs));
  const context: StartContext = { ...asked, tracing };
  const http = await openHttp(context);
  const health = await openHealth(context);
  const credentials = await openTls(context);
  const admission = new Admission(await openAuth(context), new ClientLimits(config.calls, metrics.limited));
  const starting = startingService(() => readiness.reasons);
  const grpc = await openGrpc(context, credentials, admission, starting);
  let service = starting;
  const web = await openSite(context, credentials, admission, () => service);
  const embedded = config.database.url === undefined ? await openEmbedded(parts, context) : undefined;
  const databaseUrl = config.database.url ?? embedded?.url ?? "";

  const database = await connect(parts, databaseUrl, context);
  metrics.database.watch(() => database.stats);
  const count = await parts.openCount(database, context.times.flushMs, context);
  releases.add("the last flush", () => count.close());
  grpc.add(count.service);
  service = count.service;

  const watch = new AbortController();
  const { signal } = watch;
  const watching = [
    watchDatabase(database, readiness, signal, { onPing: (isUp) => metrics.database.answers(isUp) }),
    surveyDatabase(database, metrics, { signal }),
    ...(config.metricsToday ? [surveyToday(count.service, metrics.today, { signal })] : []),
  ];
  releases.add("the watch over the database", () => {
    watch.abort();
    return Promise.all(watching);
  });
  readiness.set("start", undefined);
  return { grpc: grpc.address, isTls: config.grpc.tls !== undefined, http, web, health, databaseUrl, embedded };
}

async function openHttp({ config, readiness, metrics, logger, releases }: StartContext): Promise<Address> {
  const http = await startHttpServer({
    address: config.httpAddress,
    routes: routes({ unreadyReasons: () => readiness.reasons, registry: metrics.registry }),
    onError: (error, path) => logger.error({ err: error, path }, "HTTP failed"),
    onLimited: () => metrics.limited("http_connections"),
  });
  releases.add("the HTTP server", () => http.close(500));
  return http.address;
}

async function openHealth({ config, health, releases }: StartContext): Promise<Address | undefined> {
  if (config.healthAddress === undefined) return undefined;
  const server = await startGrpcServer({ address: config.healthAddress, services: [health], maxMessageBytes: 1_024 });
  releases.add("the health server", () => server.close());
  return server.address;
}

async function openGrpc(
  context: StartContext,
  credentials: Credentials | undefined,
  admission: Admission,
  starting: GrpcService,
): Promise<GrpcServer> {
  const { config, health, logger, metrics, releases, tracing } = context;
  const affordable = affordableConnections(config.grpc.maxConnections);
  if (affordable < config.grpc.maxConnections) {
    const wanted = config.grpc.maxConnections;
    logger.info(
      { connections: affordable, wanted },
      "the limit of open files allows fewer connections than configured",
    );
  }
  const server = await startGrpcServer({
    ...config.grpc,
    credentials,
    services: [health, ...reflectionServices([file_count_v1_count]), starting],
    // The last one is next to the handler: what is refused has been measured and traced.
    interceptors: [
      metrics.grpc,
      ...(tracing === undefined ? [] : [tracing.grpc]),
      admitCalls(admission, metrics.limited),
    ],
    onLimited: metrics.limited,
  });
  releases.add("the gRPC server", () => server.close());
  context.onGrpc(server);
  return server;
}

async function openEmbedded(parts: Pick<ServeParts, "startEmbedded">, context: StartContext): Promise<EmbeddedServer> {
  const { metrics, readiness, releases, fail, signal } = context;
  readiness.set("start", "the embedded PostgreSQL is starting");
  const embedded = await parts.startEmbedded(context);
  metrics.embeddedFolder(embedded.dataDir);
  let closing = false;
  releases.add("the embedded PostgreSQL", () => {
    closing = true;
    return embedded.close();
  });
  void embedded.exited.then(({ code, signal: by }) => {
    if (closing || signal.aborted) return;
    const how = by === null ? `with exit code ${code ?? "unknown"}` : `by ${by}`;
    const message = `the embedded PostgreSQL ended by itself, ${how}; what was answered for is on disk: start Count again`;
    readiness.set("database", message);
    fail(new CountError("unavailable", message));
  });
  return embedded;
}

async function connect<Database extends ServeDatabase>(
  parts: ServeParts<Database>,
  url: string,
  context: StartContext,
): Promise<Database> {
  const { config, readiness, releases, signal, times } = context;
  readiness.set("start", "Count is connecting to its database");
  const onWait = (reason: string) => readiness.set("start", `Count waits for its database: ${reason}`);
  return openDatabase(
    {
      connect: () => parts.connect(url, times.closeMs, context, onWait),
      migrate: config.migrate ? () => parts.migrate(url, context) : undefined,
      schemaState: (database) => parts.schemaState(database, context),
    },
    (database) => releases.add("the connections to the database", () => database.close()),
    { signal, onWait },
  );
}
