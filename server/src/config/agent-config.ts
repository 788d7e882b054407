import { homedir } from "node:os";
import { join } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { DEFAULT_LIMITS, type Limits } from "../domain/limits.ts";
import { type Address, formatAddress, isLoopback } from "./address.ts";
import { AGENT_SETTINGS, type AgentSettingValues, type Place } from "./agent-settings.ts";
import type { LogConfig } from "./config.ts";
import { type Environment, type Flags, readTable, type SettingsOf } from "./read-settings.ts";

export type { Place } from "./agent-settings.ts";

export interface ProxyConfig {
  readonly listen: Address;
  /** `http://host:port/`. */
  readonly upstream: string;
  readonly connectTimeoutMs: number;
  /** Infinity: unlimited. */
  readonly responseTimeoutMs: number;
  readonly maxUpstreamConnections: number;
  readonly maxConnections: number;
}

/** Everything that `count agent` is told, complete. See `agentSettings` for units, defaults and consequences. */
export interface AgentConfig {
  readonly listen: Place;
  readonly httpAddress: Address;
  readonly maxMessageBytes: number;
  readonly limits: Limits;
  readonly server: {
    readonly target: string;
    readonly tls: false | { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
    readonly tokenFile: string | undefined;
  };
  readonly queue: {
    readonly kind: "disk" | "memory";
    /** Undefined in memory. */
    readonly directory: string | undefined;
    readonly maxBytes: number;
  };
  /** Undefined: no proxy. */
  readonly proxy: ProxyConfig | undefined;
  readonly rulesFile: string | undefined;
  readonly openapiFile: string | undefined;
  readonly service: string;
  readonly sealAfterMs: number;
  readonly drainTimeoutMs: number;
  readonly log: LogConfig;
}

type AgentSettings = SettingsOf<AgentSettingValues, keyof AgentSettingValues>;

/**
 * The configuration of `count agent`.
 *
 * @throws CountError `invalid` with one line for each fault, so that all can be corrected at once.
 */
export function agentConfig(flags: Flags, env: Environment): AgentConfig {
  const settings = readTable(AGENT_SETTINGS, "agent", flags, env);
  const faults = [...settings.faults, ...combinationFaults(settings)];
  if (faults.length > 0) throw new CountError("invalid", faults.join("\n"));
  const { values } = settings;
  const { ca, cert, key, queue, proxyListen, upstream } = values;
  const usesTls = values.tls || ca !== undefined || cert !== undefined;
  return Object.freeze({
    listen: values.listen!,
    httpAddress: values.httpAddress,
    maxMessageBytes: values.maxMessageBytes,
    limits: { ...DEFAULT_LIMITS, maxPathBytes: values.maxPathBytes },
    server: {
      target: values.server,
      tls: usesTls && {
        ...(ca === undefined ? {} : { caFile: ca }),
        ...(cert === undefined ? {} : { certFile: cert }),
        ...(key === undefined ? {} : { keyFile: key }),
      },
      tokenFile: values.tokenFile,
    },
    queue: {
      kind: queue,
      directory: queue === "disk" ? (values.queueDir ?? defaultQueueDir(env)) : undefined,
      maxBytes: values.queueMaxBytes ?? (queue === "disk" ? 268_435_456 : 67_108_864),
    },
    proxy:
      proxyListen === undefined || upstream === undefined
        ? undefined
        : {
            listen: proxyListen,
            upstream: upstream.href,
            connectTimeoutMs: values.connectTimeoutMs,
            responseTimeoutMs: values.responseTimeoutMs,
            maxUpstreamConnections: values.maxUpstreamConnections,
            maxConnections: values.maxProxyConnections,
          },
    rulesFile: values.rules,
    openapiFile: values.openapi,
    service: values.service ?? env["OTEL_SERVICE_NAME"] ?? "",
    sealAfterMs: values.sealAfterMs,
    drainTimeoutMs: values.drainTimeoutMs,
    log: { level: values.logLevel, format: values.logFormat },
  });
}

function combinationFaults({ values, faulty, told }: AgentSettings): string[] {
  const faults: string[] = [];
  const say = (why: string, ...keys: (keyof AgentSettingValues)[]) => {
    if (!keys.some((key) => faulty.has(key))) faults.push(`${keys.map(told).join(", ")}: ${why}`);
  };
  const { listen, insecure, cert, key, proxyListen, upstream, queue, queueDir } = values;
  if ((cert === undefined) !== (key === undefined))
    say("a certificate and its key must be given together", "cert", "key");
  if ((proxyListen === undefined) !== (upstream === undefined)) {
    say("the proxy needs both, or neither", "proxyListen", "upstream");
  }
  if (listen !== undefined && "host" in listen && !isLoopback(listen) && !insecure) {
    say("beyond the loopback interface --insecure (COUNT_AGENT_INSECURE=true) is needed", "listen", "insecure");
  }
  if (queue === "memory" && queueDir !== undefined) say("a queue in memory has no folder", "queue", "queueDir");
  const addresses = [
    ["listen", listen],
    ["httpAddress", values.httpAddress],
    ["proxyListen", proxyListen],
  ] as const;
  for (const [at, [name, one]] of addresses.entries()) {
    for (const [otherName, other] of addresses.slice(0, at)) {
      if (one === undefined || other === undefined || !("host" in one) || !("host" in other) || one.port === 0)
        continue;
      if (formatAddress(one) === formatAddress(other)) say("each needs an address of its own", otherName, name);
    }
  }
  return faults;
}

/** A place of the system's for root, else of the user's, as for the embedded PostgreSQL. */
function defaultQueueDir(env: Environment): string {
  if (process.geteuid?.() === 0) return "/var/lib/count-agent";
  const base = env["XDG_DATA_HOME"];
  return join(base?.startsWith("/") === true ? base : join(homedir(), ".local", "share"), "count-agent");
}

/** `127.0.0.1:7778`, or `unix:/run/count/agent.sock`. */
export function formatPlace(place: Place): string {
  return "path" in place ? `unix:${place.path}` : formatAddress(place);
}
