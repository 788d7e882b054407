import type { AgentConfig } from "../config/agent-config.ts";
import { CountError } from "../domain/count-error.ts";
import { createLogger, type Logger, type LogStream } from "../observability/logger.ts";
import { EXIT_CRASHED, serveExitCode } from "../serve/exit-codes.ts";
import { ReleaseStack } from "../serve/release-stack.ts";
import type { ServeProcess } from "../serve/serve.ts";
import { onStopSignal, type StopSignal } from "../serve/signals.ts";
import { AgentReadiness } from "./agent-readiness.ts";
import { createAgentMetrics } from "./metrics.ts";
import { type RunningAgent, startAgent } from "./start-agent.ts";

export interface AgentOptions {
  readonly stdout: LogStream;
  readonly process: ServeProcess;
  readonly version: string;
  /** For OpenTelemetry. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Why an agent stops. */
type Ending = { readonly signal: StopSignal } | { readonly error: unknown };

/** For what closes once nothing is under way any more. */
const CLOSE_MS = 1_000;

/**
 * Runs an agent until it is told to stop or cannot go on.
 *
 * States: starting → ready ⇄ not ready → draining → released. Draining has two halves: requests and calls under way may end, and
 * are cut off when half of the limit is over; then the queue is delivered for as long as the limit lasts. A second signal ends
 * the process at once.
 *
 * @returns the exit code: 0 after a signal
 */
export async function runAgent(
  config: AgentConfig,
  { stdout, process, version, env = {} }: AgentOptions,
): Promise<number> {
  const metrics = createAgentMetrics(version);
  const logger = createLogger({ ...config.log, stream: stdout, onRecord: metrics.logged });
  const readiness = new AgentReadiness((reasons) => {
    metrics.ready(reasons.length === 0);
    if (reasons.length === 0) logger.info({}, "ready");
    else logger.info({ reasons }, "not ready");
  });
  const releases = new ReleaseStack((name, error) => logger.error({ err: error }, `${name} failed to close`));
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const crashed = (error: unknown) => {
    logger.fatal({ err: error }, "an error that nobody handled: the agent ends at once");
    process.exit(EXIT_CRASHED);
  };
  process.on("uncaughtException", crashed);
  const stopListening = onStopSignal(
    process,
    (signal) => end({ signal }),
    (code) => process.exit(code),
  );
  const fail = (error: unknown) => end({ error });
  const starting = startAgent({ config, env, logger, metrics, readiness, releases, version, fail }).catch(
    (error: unknown) => {
      fail(error);
      return undefined;
    },
  );
  const ending = await ended;
  const code = "error" in ending ? failed(logger, ending.error) : 0;
  const overdue = setTimeout(
    () => {
      logger.fatal({ drainTimeoutMs: config.drainTimeoutMs }, "stopping took too long: the agent ends at once");
      process.exit(1);
    },
    config.drainTimeoutMs + 2 * CLOSE_MS,
  );
  try {
    readiness.set("drain", "the agent is stopping");
    const agent = await starting;
    if (agent !== undefined) await stop(agent, config, logger);
    await releases.release().catch(() => undefined);
    logger.info({ exitCode: code }, "the agent has stopped");
  } finally {
    clearTimeout(overdue);
    stopListening();
    process.off("uncaughtException", crashed);
  }
  return code;
}

async function stop(agent: RunningAgent, { drainTimeoutMs }: AgentConfig, logger: Logger): Promise<void> {
  const endMs = performance.now() + drainTimeoutMs;
  const drained = await agent.drain(Math.floor(drainTimeoutMs / 2));
  if (!drained)
    logger.warn({ drainMs: Math.floor(drainTimeoutMs / 2) }, "what was under way did not end in time and was cut off");
  const { requests, survives } = await agent.deliver(Math.max(0, endMs - performance.now()));
  if (requests === 0) return;
  if (survives) logger.warn({ requests }, "no server took these requests in time; they wait in the queue on disk");
  else logger.error({ requests }, "no server took these requests in time; the queue is in memory, and they are lost");
}

function failed(logger: Logger, error: unknown): number {
  const { code, message } = CountError.from(error);
  if (code === "internal") logger.fatal({ err: error }, message);
  else logger.fatal({ code }, message);
  return serveExitCode(error);
}
