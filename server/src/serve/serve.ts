import { EXIT } from "../cli/exit-code.ts";
import type { Config } from "../config/config.ts";
import { CountError } from "../domain/count-error.ts";
import { createLogger, type Logger, type LogStream } from "../observability/logger.ts";
import { createMetrics, type Metrics } from "../observability/metrics.ts";
import type { GrpcServer } from "../rpc/grpc-server.ts";
import { Health } from "../rpc/health.ts";
import { announcement, logWhereabouts } from "./announce.ts";
import { EXIT_CRASHED, serveExitCode } from "./exit-codes.ts";
import type { ServeDatabase, ServeParts } from "./parts.ts";
import { Readiness } from "./readiness.ts";
import { ReleaseStack } from "./release-stack.ts";
import { onStopSignal, type SignalSource, type StopSignal } from "./signals.ts";
import { start } from "./start.ts";
import { stopTimes } from "./stop-times.ts";
import { pause } from "./watch-database.ts";

/** The little of a process that a server needs: `process`, or what a test puts in its place. */
export interface ServeProcess extends SignalSource {
  on(name: StopSignal, listener: (name: StopSignal) => void): unknown;
  on(name: "uncaughtException", listener: (error: unknown) => void): unknown;
  off(name: StopSignal, listener: (name: StopSignal) => void): unknown;
  off(name: "uncaughtException", listener: (error: unknown) => void): unknown;
  /** Ends the process at once. */
  exit(code: number): void;
}

export interface ServeOptions<Database extends ServeDatabase> {
  readonly parts: ServeParts<Database>;
  /** Of the log, and of what is told to people. */
  readonly stdout: LogStream;
  readonly process: ServeProcess;
  readonly version: string;
  /** For OpenTelemetry. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Why a server stops. */
type Ending = { readonly signal: StopSignal } | { readonly error: unknown };

/**
 * Runs a server until it is told to stop or cannot go on, and releases everything.
 *
 * States: starting → ready ⇄ not ready → draining → released. SIGTERM and SIGINT lead to draining from any state, and so
 * does a failure; a second signal, or `stopLimitMs`, ends the process at once.
 *
 * @returns the exit code: 0 after a signal
 */
export async function serve<Database extends ServeDatabase>(
  config: Config,
  options: ServeOptions<Database>,
): Promise<number> {
  const { stdout, process, parts, version, env = {} } = options;
  const metrics = createMetrics({ version });
  const logger = createLogger({ ...config.log, stream: stdout, onRecord: metrics.logged });
  const health = new Health(["count.v1.CountService"]);
  const readiness = readinessOf(health, metrics, logger);
  const releases = new ReleaseStack((name, error) => logger.error({ err: error }, `${name} failed to close`));
  const times = stopTimes(config);
  const starting = new AbortController();
  let grpc: GrpcServer | undefined;
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });

  const crashed = (error: unknown) => {
    logger.fatal({ err: error }, "an error that nobody handled: Count ends at once");
    process.exit(EXIT_CRASHED);
  };
  process.on("uncaughtException", crashed);
  const stopListening = onStopSignal(
    process,
    (signal) => end({ signal }),
    (code) => process.exit(code),
  );

  const started = start(parts, {
    config,
    logger,
    metrics,
    readiness,
    health,
    releases,
    times,
    signal: starting.signal,
    version,
    env,
    onGrpc: (server) => {
      grpc = server;
    },
    fail: (error) => end({ error }),
  }).then(
    (where) => {
      if (starting.signal.aborted) return;
      if (isForPeople(config, stdout)) stdout.write(announcement(where));
      else logWhereabouts(logger, where);
    },
    (error: unknown) => end({ error }),
  );

  const ending = await ended;
  const code = "error" in ending ? failed(logger, ending.error) : EXIT.ok;
  const overdue = setTimeout(() => {
    logger.fatal({ stopLimitMs: config.stopLimitMs }, "stopping took too long: Count ends at once");
    process.exit(EXIT.internal);
  }, config.stopLimitMs);
  try {
    starting.abort(new CountError("cancelled", "Count stops"));
    readiness.set("drain", "Count is stopping");
    // On a terminal, and after a failure, nobody balances load.
    const isBalanced = "signal" in ending && ending.signal === "SIGTERM" && stdout.isTTY !== true;
    if (isBalanced && health.wasServing) await pause(times.delayMs, new AbortController().signal);
    const drained = await grpc?.drain(times.drainMs);
    if (drained === false) logger.warn({ drainMs: times.drainMs }, "calls did not end in time and were cut off");
    await started;
    await releases.release().catch(() => undefined);
    logger.info({ exitCode: code }, "Count has stopped");
  } finally {
    clearTimeout(overdue);
    stopListening();
    process.off("uncaughtException", crashed);
  }
  return code;
}

function failed(logger: Logger, error: unknown): number {
  const { code, message } = CountError.from(error);
  if (code === "internal") logger.fatal({ err: error }, message);
  else logger.fatal({ code }, message);
  return serveExitCode(error);
}

/** Health and metrics follow readiness, and the log tells of every change. */
function readinessOf(health: Health, metrics: Metrics, logger: Logger): Readiness {
  return new Readiness((reasons, part) => {
    const isReady = reasons.length === 0;
    health.set(isReady);
    metrics.ready(isReady);
    if (isReady) logger.info({}, "ready");
    else if (part === "database") logger.warn({ reasons }, "not ready");
    else logger.info({ reasons }, "not ready");
  });
}

function isForPeople({ log }: Config, stdout: LogStream): boolean {
  return log.format === "pretty" || (log.format === "auto" && stdout.isTTY === true);
}
