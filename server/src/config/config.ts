import type { CallLimits } from "../domain/call-limits.ts";
import { CountError } from "../domain/count-error.ts";
import type { Limits } from "../domain/limits.ts";
import type { Retention } from "../domain/retention.ts";
import type { Address } from "./address.ts";
import { combinationFaults } from "./combinations.ts";
import { type Environment, type Flags, readSettings, type Settings } from "./read-settings.ts";
import type { SettingValues } from "./settings.ts";

/** Files of a server's TLS, in PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates; with them a client must have one. */
  readonly clientCaFile: string | undefined;
}

export interface LogConfig {
  readonly level: SettingValues["logLevel"];
  readonly format: SettingValues["logFormat"];
}

export interface DatabaseConfig {
  /** Undefined: the embedded PostgreSQL. Holds a secret: show it through `redactUrl` only. */
  readonly url: string | undefined;
  /** Folder of the embedded PostgreSQL; undefined: a folder of the user's. */
  readonly dataDir: string | undefined;
  readonly retryLimitMs: number;
}

/** Everything that `count migrate` is told, complete. */
export interface MigrateConfig {
  readonly database: DatabaseConfig;
  readonly migrateWaitMs: number;
  readonly log: LogConfig;
}

/** Everything that `count serve` is told, complete. See `settings` for units, defaults and consequences. */
export interface Config extends MigrateConfig {
  readonly database: DatabaseConfig & { readonly poolSize: number };
  /** Migrate before serving. */
  readonly migrate: boolean;
  readonly grpc: {
    readonly address: Address;
    /** Undefined: plain text. */
    readonly tls: TlsFiles | undefined;
    readonly maxMessageBytes: number;
    readonly maxConnections: number;
    /** Infinity: unlimited. */
    readonly maxConnectionsPerClient: number;
    /** Infinity: unlimited. */
    readonly maxConnectionAgeMs: number;
    /** Infinity: unlimited. */
    readonly maxConnectionAgeGraceMs: number;
  };
  /** Undefined: no address that has the health service only. */
  readonly healthAddress: Address | undefined;
  readonly httpAddress: Address;
  /** Undefined: neither the page nor the HTTP API. */
  readonly webAddress: Address | undefined;
  /** File of the tokens and certificates that are known; undefined: nobody has to show one. */
  readonly authFile: string | undefined;
  /** Serving in plain text, or to anyone who can connect, is what is wanted. */
  readonly insecure: boolean;
  /** Tell in the metrics how often each service and method was called today. */
  readonly metricsToday: boolean;
  readonly calls: CallLimits;
  readonly limits: Limits;
  readonly retention: Retention;
  readonly drainDelayMs: number;
  readonly stopLimitMs: number;
}

/**
 * The configuration of `count serve`, frozen.
 *
 * @param flags by key, as commander has them; they go before the environment.
 * @throws CountError `invalid` with one line for each fault, so that all can be corrected at once.
 */
export function serveConfig(flags: Flags, env: Environment): Config {
  const settings = readSettings("serve", flags, env);
  refuse([...settings.faults, ...combinationFaults(settings)]);
  const { values } = settings;
  return deepFreeze({
    ...sharedConfig(settings),
    database: { ...databaseConfig(values), poolSize: values.dbPoolSize },
    migrate: values.migrate || values.dbUrl === undefined,
    grpc: {
      address: values.grpcAddress,
      tls: tlsFiles(values),
      maxMessageBytes: values.maxMessageBytes,
      maxConnections: values.maxConnections,
      maxConnectionsPerClient: values.maxConnectionsPerClient,
      maxConnectionAgeMs: values.maxConnectionAgeMs,
      maxConnectionAgeGraceMs: values.maxConnectionAgeGraceMs,
    },
    healthAddress: values.healthAddress,
    httpAddress: values.httpAddress,
    webAddress: values.webAddress,
    authFile: values.authFile,
    insecure: values.insecure,
    metricsToday: values.metricsToday === "on",
    calls: {
      maxCalls: values.maxCalls,
      maxCallsPerClient: values.maxCallsPerClient,
      maxBatchesPerSecond: values.maxBatchesPerSecond,
      maxBatchesPerSecondPerClient: values.maxBatchesPerSecondPerClient,
      maxMessagesPerSecond: values.maxMessagesPerSecond,
      maxMessagesPerSecondPerClient: values.maxMessagesPerSecondPerClient,
    },
    limits: {
      maxPathBytes: values.maxPathBytes,
      maxPathsPerService: values.maxPathsPerService,
      maxServices: values.maxServices,
      maxAheadMs: values.maxAheadMs,
      maxBehindMs: values.maxBehindMs,
    },
    retention: { bucketDays: values.bucketRetentionDays, totalDays: values.totalsRetentionDays },
    drainDelayMs: values.drainDelayMs,
    stopLimitMs: values.stopLimitMs,
  });
}

/** The configuration of `count migrate`, frozen. @throws CountError as {@link serveConfig}. */
export function migrateConfig(flags: Flags, env: Environment): MigrateConfig {
  const settings = readSettings("migrate", flags, env);
  refuse(settings.faults);
  return deepFreeze(sharedConfig(settings));
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new CountError("invalid", faults.join("\n"));
}

function sharedConfig({ values }: Settings): MigrateConfig {
  return {
    database: databaseConfig(values),
    migrateWaitMs: values.migrateWaitMs,
    log: { level: values.logLevel, format: values.logFormat },
  };
}

function databaseConfig({ dbUrl, dataDir, dbRetryLimitMs }: SettingValues): DatabaseConfig {
  return { url: dbUrl, dataDir, retryLimitMs: dbRetryLimitMs };
}

function tlsFiles({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: SettingValues): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  return { certFile: tlsCertFile, keyFile: tlsKeyFile, clientCaFile: tlsClientCaFile };
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
