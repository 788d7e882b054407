import { redactUrl } from "../db/database-url.ts";
import { DEFAULT_LIMITS, HIGHEST_MAX_PATH_BYTES } from "../domain/limits.ts";
import { DEFAULT_RETENTION } from "../domain/retention.ts";
import { formatAddress } from "./address.ts";
import {
  databaseUrl,
  filePath,
  listenAddress,
  listenAddressOrNone,
  listenAddressOrOff,
  oneOf,
  onOrOff,
  type Setting,
  setting,
  wholeNumber,
} from "./setting.ts";

const GRPC_ADDRESS = Object.freeze({ host: "127.0.0.1", port: 7777 });
const WEB_ADDRESS = Object.freeze({ host: "127.0.0.1", port: 7779 });
const HTTP_ADDRESS = Object.freeze({ host: "127.0.0.1", port: 7780 });
const DAY_MS = 86_400_000;
const BOTH = ["serve", "migrate"] as const;

/** The settings that say which database is used, how it is migrated, and what is logged: `serve` and `migrate` share them. */
const shared = {
  dbUrl: setting("dbUrl", {
    env: "DB_URL",
    commands: BOTH,
    kind: databaseUrl,
    fallback: undefined,
    default: "an embedded PostgreSQL",
    description:
      "PostgreSQL 15+ or CockroachDB 24+ that holds the counts. Without it Count runs a PostgreSQL of its own in the data folder.",
    show: (text) => JSON.stringify(redactUrl(text)),
  }),
  migrationDriver: setting("migrationDriver", {
    env: "MIGRATION_DRIVER",
    commands: BOTH,
    kind: oneOf("pgx", "cockroachdb"),
    fallback: undefined,
    default: "asked of the database",
    description:
      "Understood for the sake of existing deployments and otherwise without effect: which dialect the database speaks is asked of itself.",
  }),
  dataDir: setting("dataDir", {
    commands: BOTH,
    kind: filePath,
    fallback: undefined,
    default: "a folder of the user's",
    description:
      "Folder of the embedded PostgreSQL; it is made when missing and used again at the next start. Without effect when DB_URL is set.",
  }),
  migrateWaitMs: setting("migrateWaitMs", {
    commands: BOTH,
    kind: wholeNumber("milliseconds", 0, DAY_MS),
    fallback: 60_000,
    description:
      "How long migrating waits for a database that is not there yet, and for another process that migrates.",
  }),
  dbRetryLimitMs: setting("dbRetryLimitMs", {
    commands: BOTH,
    kind: wholeNumber("milliseconds", 0, DAY_MS),
    fallback: 10_000,
    description:
      "How long a statement is tried again while the database is away or in conflict. After that the caller gets UNAVAILABLE and must send again.",
  }),
  logLevel: setting("logLevel", {
    commands: BOTH,
    kind: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
    fallback: "info" as const,
    description: "The least severe log records that are written.",
  }),
  logFormat: setting("logFormat", {
    commands: BOTH,
    kind: oneOf("auto", "json", "pretty"),
    fallback: "auto" as const,
    description: "json is one object a line; pretty is for people; auto is pretty on a terminal and json elsewhere.",
  }),
};

const listening = {
  grpcAddress: setting("grpcAddress", {
    kind: listenAddress,
    fallback: GRPC_ADDRESS,
    default: formatAddress(GRPC_ADDRESS),
    description:
      "Where count.v1 is served. Beyond the loopback interface it needs TLS and --auth-file or --tls-client-ca-file, or --insecure.",
  }),
  webAddress: setting("webAddress", {
    kind: listenAddressOrOff,
    fallback: WEB_ADDRESS,
    default: formatAddress(WEB_ADDRESS),
    description:
      "Where the page and the HTTP API are served, with the certificate of gRPC if there is one. Beyond the loopback interface it needs what gRPC needs.",
  }),
  httpAddress: setting("httpAddress", {
    kind: listenAddress,
    fallback: HTTP_ADDRESS,
    default: formatAddress(HTTP_ADDRESS),
    description:
      "Where /healthz, /readyz and /metrics are served, in plain text; no count can be read or written there.",
  }),
  metricsToday: setting("metricsToday", {
    kind: oneOf("on", "off"),
    fallback: "on" as const,
    description:
      "Whether /metrics tells how often each service and method was called today: whoever can reach the HTTP port sees the names of services. The database is asked for it twice a minute.",
  }),
  healthAddress: setting("healthAddress", {
    kind: listenAddressOrNone,
    fallback: undefined,
    default: "off",
    description:
      "A second gRPC address that has the health service only, in plain text: Kubernetes' gRPC probes do not speak TLS.",
  }),
  insecure: setting("insecure", {
    kind: onOrOff,
    fallback: false,
    description:
      "Lets count.v1, the page and the API be served beyond the loopback interface without TLS, or without --auth-file and --tls-client-ca-file. In plain text anyone on the way can read and change what is sent; without either file anyone who can connect can count and read.",
  }),
  tlsCertFile: setting("tlsCertFile", {
    kind: filePath,
    fallback: undefined,
    default: "no TLS",
    description:
      "PEM certificate chain of the gRPC server. It is read again when it changes; connections that are open go on.",
  }),
  tlsKeyFile: setting("tlsKeyFile", {
    kind: filePath,
    fallback: undefined,
    default: "no TLS",
    description: "PEM private key of that certificate.",
  }),
  tlsClientCaFile: setting("tlsClientCaFile", {
    kind: filePath,
    fallback: undefined,
    default: "clients need no certificate",
    description:
      "PEM certificates of the authorities that sign clients. With it a client without a valid certificate is refused; without --auth-file one that has one may do everything.",
  }),
  authFile: setting("authFile", {
    kind: filePath,
    fallback: undefined,
    default: "nobody has to show a token",
    description:
      "YAML or JSON file of the tokens and client certificates that may call, each with its scopes; `count token` makes an entry. With it every call needs one, on the loopback interface too. It is read again when it changes.",
  }),
  maxConnectionAgeMs: setting("maxConnectionAgeMs", {
    kind: wholeNumber("milliseconds", 1_000, DAY_MS, { unlimited: true }),
    fallback: 600_000,
    description:
      "Age, give or take a tenth, at which a connection takes no new calls, so that clients look for new servers. Calls under way go on.",
  }),
  maxConnectionAgeGraceMs: setting("maxConnectionAgeGraceMs", {
    kind: wholeNumber("milliseconds", 0, DAY_MS, { unlimited: true }),
    fallback: 3_600_000,
    description: "How long calls may go on after that before they are cut off.",
  }),
};

const calls = {
  maxMessageBytes: setting("maxMessageBytes", {
    kind: wholeNumber("bytes", 1_024, 1_073_741_824),
    fallback: 4_194_304,
    description: "Size of a gRPC message, decompressed. A call with a larger one ends with RESOURCE_EXHAUSTED.",
  }),
  maxConnections: setting("maxConnections", {
    kind: wholeNumber("connections", 1, 1_000_000),
    fallback: 20_000,
    description:
      "gRPC connections at a time; more are closed at once. At most so many that 200 of the files that the process may have open are left.",
  }),
  maxConnectionsPerClient: setting("maxConnectionsPerClient", {
    kind: wholeNumber("connections", 1, 1_000_000, { unlimited: true }),
    fallback: Number.POSITIVE_INFINITY,
    default: "unlimited",
    description:
      "The same of one address (of IPv6, of one /64). Everything behind one NAT or proxy is one address: leave it unlimited where that may be many.",
  }),
  maxCalls: setting("maxCalls", {
    kind: wholeNumber("calls", 1, 1_000_000, { unlimited: true }),
    fallback: 50_000,
    description: "Calls (HTTP/2 streams) at a time, but for health. One more ends with RESOURCE_EXHAUSTED.",
  }),
  maxCallsPerClient: setting("maxCallsPerClient", {
    kind: wholeNumber("calls", 1, 1_000_000, { unlimited: true }),
    fallback: Number.POSITIVE_INFINITY,
    default: "unlimited",
    description:
      "The same of one client: of one name in the file of --auth-file, or of one address where nobody shows who he is.",
  }),
  maxBatchesPerSecond: setting("maxBatchesPerSecond", {
    kind: wholeNumber("batches", 1, 1_000_000, { unlimited: true }),
    fallback: Number.POSITIVE_INFINITY,
    default: "unlimited",
    description:
      "Batches of Record. Senders that are faster are not read for a while; where that would take more than 10 seconds, a stream ends with RESOURCE_EXHAUSTED and its sender comes back. Nothing is lost by it.",
  }),
  maxBatchesPerSecondPerClient: setting("maxBatchesPerSecondPerClient", {
    kind: wholeNumber("batches", 1, 1_000_000, { unlimited: true }),
    fallback: Number.POSITIVE_INFINITY,
    default: "unlimited",
    description: "The same of one client. A Node.js client sends one a second while it counts.",
  }),
  maxMessagesPerSecond: setting("maxMessagesPerSecond", {
    kind: wholeNumber("messages", 1, 10_000_000, { unlimited: true }),
    fallback: Number.POSITIVE_INFINITY,
    default: "unlimited",
    description:
      "Messages of Add, one request each. Senders that are faster are not read for a while; where that would take more than 10 seconds, a stream ends with RESOURCE_EXHAUSTED, which names the message; what came before it is stored.",
  }),
  maxMessagesPerSecondPerClient: setting("maxMessagesPerSecondPerClient", {
    kind: wholeNumber("messages", 1, 10_000_000, { unlimited: true }),
    fallback: Number.POSITIVE_INFINITY,
    default: "unlimited",
    description: "The same of one client.",
  }),
};

const limits = {
  maxPathBytes: setting("maxPathBytes", {
    kind: wholeNumber("bytes", 1, HIGHEST_MAX_PATH_BYTES),
    fallback: DEFAULT_LIMITS.maxPathBytes,
    description: "Length of a path and of a service in UTF-8. A request with a longer one is refused.",
  }),
  maxPathsPerService: setting("maxPathsPerService", {
    kind: wholeNumber("", 1, 10_000_000),
    fallback: DEFAULT_LIMITS.maxPathsPerService,
    description: "Different paths of a service. Requests of further ones are counted under the path (overflow).",
  }),
  maxServices: setting("maxServices", {
    kind: wholeNumber("", 1, 1_000_000),
    fallback: DEFAULT_LIMITS.maxServices,
    description: "Different services. Requests of further ones are counted under the service (overflow).",
  }),
  maxAheadMs: setting("maxAheadMs", {
    kind: wholeNumber("milliseconds", 0, 365 * DAY_MS),
    fallback: DEFAULT_LIMITS.maxAheadMs,
    description: "How far a timestamp may be ahead of the server's clock. A request further ahead is refused.",
  }),
  maxBehindMs: setting("maxBehindMs", {
    kind: wholeNumber("milliseconds", 0, 3_650_000 * DAY_MS, { unlimited: true }),
    fallback: DEFAULT_LIMITS.maxBehindMs,
    default: "unlimited",
    description: "How far a timestamp may lie back. A request further back is refused.",
  }),
};

const retention = {
  bucketRetentionDays: setting("bucketRetentionDays", {
    kind: wholeNumber("days", 2, 3_650),
    fallback: DEFAULT_RETENTION.bucketDays,
    description:
      "For how many days before today 15-minute counts are kept, which hours and the days of other time zones need. `count rollup` removes older ones.",
  }),
  totalsRetentionDays: setting("totalsRetentionDays", {
    kind: wholeNumber("days", 2, 36_500, { unlimited: true }),
    fallback: DEFAULT_RETENTION.totalDays,
    default: "unlimited",
    description:
      "For how many days before today daily totals are kept. `count rollup` removes older ones, and there is no way back; requests of such days are refused. Not less than the days of 15-minute counts.",
  }),
};

const running = {
  migrate: setting("migrate", {
    kind: onOrOff,
    fallback: false,
    default: "false; true for the embedded PostgreSQL",
    description:
      "Applies missing migrations before serving. Without it a server on an older schema waits, not ready, for `count migrate`.",
  }),
  dbPoolSize: setting("dbPoolSize", {
    kind: wholeNumber("connections", 2, 1_000),
    fallback: 8,
    description: "Connections to the database, at most.",
  }),
  drainDelayMs: setting("drainDelayMs", {
    kind: wholeNumber("milliseconds", 0, 600_000),
    fallback: 3_000,
    description:
      "How long a server that got SIGTERM says that it is not ready before it refuses new calls, so that load balancers notice. 0 for SIGINT.",
  }),
  stopLimitMs: setting("stopLimitMs", {
    kind: wholeNumber("milliseconds", 1_000, 3_600_000),
    fallback: 25_000,
    description:
      "How long stopping may take in all. Calls that are still under way near its end are cut off and have to be sent again.",
  }),
};

/** Every setting of `count serve` and `count migrate`, by key. */
export const SETTINGS = Object.freeze({ ...shared, ...listening, ...running, ...calls, ...limits, ...retention });

export type SettingKey = keyof typeof SETTINGS;

/** What a value of each setting is. */
export type SettingValues = {
  readonly [Key in SettingKey]: (typeof SETTINGS)[Key] extends Setting<infer V> ? V : never;
};

/** The same as a list, in the order in which they are documented. */
export const settings: readonly Setting[] = Object.freeze(Object.values(SETTINGS));
