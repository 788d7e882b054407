import type { Config } from "../config/config.ts";

/** A value of the chart: what stands for it during the synthesis, and what Go's template has in its place. */
interface Placeholder {
  readonly path: string;
  readonly expression: string;
  readonly isNumber: boolean;
}

/** Values like no other, so that they are found again. */
const FIRST_NUMBER = 918_273_000_000;
const number = (at: number) => FIRST_NUMBER + at * 1_000;
const word = (at: number) => `zq${String(at).padStart(3, "0")}qz`;

function text(path: string, standard?: string): Placeholder {
  const value = `.Values.${path}`;
  return {
    path,
    expression: standard === undefined ? value : `(${value} | default ${JSON.stringify(standard)})`,
    isNumber: false,
  };
}

/** A text in a map that may be missing itself: parentheses make Go's templates take nothing for nothing. */
function nested(map: string, key: string, standard: string): Placeholder {
  return {
    path: `${map}.${key}`,
    expression: `((.Values.${map}).${key} | default ${JSON.stringify(standard)})`,
    isNumber: false,
  };
}

function whole(path: string, standard?: number): Placeholder {
  const value = `.Values.${path}`;
  return {
    path,
    expression: standard === undefined ? `int64 ${value}` : `int64 (${value} | default ${standard})`,
    isNumber: true,
  };
}

/** A number, or the word "unlimited". */
function setting(path: string): Placeholder {
  return { path, expression: `include "count.number" .Values.${path}`, isNumber: true };
}

const PLACEHOLDERS: readonly Placeholder[] = [
  { path: "name", expression: 'include "count.name" .', isNumber: false },
  // Only in names of a certificate; elsewhere Helm says where an object goes.
  { path: "namespace", expression: ".Release.Namespace", isNumber: false },
  { path: "images.count.repository", expression: 'include "count.image" .', isNumber: false },
  text("images.pullPolicy"),
  whole("server.replicas", 2),
  whole("server.autoscaling.minReplicas", 2),
  whole("server.autoscaling.maxReplicas", 6),
  whole("server.autoscaling.cpuPercent", 70),
  ...["server", "migration", "rollup"].flatMap((of) =>
    ["cpu", "memory", "memoryLimit"].map((one) => text(`${of}.resources.${one}`)),
  ),
  text("server.placement.priorityClassName"),
  text("server.settings.logLevel"),
  ...["dbPoolSize", "dbRetryLimitMs", "drainDelayMs", "stopLimitMs"].map((one) => setting(`server.settings.${one}`)),
  ...["maxMessageBytes", "maxConnectionAgeMs", "maxConnectionAgeGraceMs", "maxPathBytes"].map((one) =>
    setting(`server.settings.${one}`),
  ),
  ...["maxConnections", "maxCalls", "maxBatchesPerSecond", "maxMessagesPerSecond"].flatMap((one) => [
    setting(`server.settings.${one}`),
    setting(`server.settings.${one}PerClient`),
  ]),
  ...["maxPathsPerService", "maxServices", "maxAheadMs", "maxBehindMs"].map((one) => setting(`server.settings.${one}`)),
  text("server.settings.metricsToday"),
  ...["bucketRetentionDays", "totalsRetentionDays"].map((one) => setting(`server.settings.${one}`)),
  text("database.host"),
  whole("database.port"),
  text("database.database"),
  ...["name", "usernameKey", "passwordKey"].map((one) => text(`database.credentials.${one}`)),
  text("database.migrationCredentials.name", "count-database"),
  text("database.migrationCredentials.usernameKey", "username"),
  text("database.migrationCredentials.passwordKey", "password"),
  ...["name", "key"].map((one) => text(`database.ca.${one}`)),
  text("database.secretRevision"),
  whole("migration.waitSeconds"),
  whole("migration.backoffLimit"),
  whole("migration.deadlineSeconds"),
  text("rollup.schedule"),
  ...["sinceYear", "startingDeadlineSeconds", "deadlineSeconds", "backoffLimit"].map((one) => whole(`rollup.${one}`)),
  ...["successfulJobsHistoryLimit", "failedJobsHistoryLimit"].map((one) => whole(`rollup.${one}`)),
  text("tls.secretName", "count-tls"),
  text("tls.clientSecretName"),
  text("tls.issuerRef.name"),
  text("tls.issuerRef.kind", "Issuer"),
  nested("auth.file", "name", "count-auth"),
  nested("auth.file", "key", "auth.yaml"),
  nested("auth.rollupToken", "name", "count-rollup-token"),
  nested("auth.rollupToken", "key", "token"),
  whole("monitoring.serviceMonitor.intervalSeconds", 30),
  text("monitoring.alerts.severity", "warning"),
  text("monitoring.alerts.urgentSeverity", "critical"),
  text("monitoring.alerts.runbookUrl"),
  text("monitoring.dashboard.folder", "Count"),
  text("tracing.host"),
  whole("tracing.port", 4_318),
  text("tracing.scheme", "http"),
  text("tracing.protocol", "http/protobuf"),
  whole("tracing.samplePercent", 100),
  nested("tracing.headersSecret", "name", "count-tracing"),
  nested("tracing.headersSecret", "key", "headers"),
  ...["host", "className", "tlsSecretName"].map((one) => text(`http.ingress.${one}`)),
  text("http.route.host"),
  ...["name", "namespace", "sectionName"].map((one) => text(`http.route.gateway.${one}`)),
];

/** What stands for a value of the chart. @throws Error when there is no such value */
export function placeholder(path: string): never {
  const at = PLACEHOLDERS.findIndex((one) => one.path === path);
  const found = PLACEHOLDERS[at];
  if (found === undefined) throw new Error(`there is no placeholder for ${path}`);
  // A value of whatever type the field has, by whoever asks for it.
  return (found.isNumber ? number(at) : word(at)) as never;
}

/** A configuration with placeholders for whatever it has a value of, of one piece. */
export function withPlaceholders(config: Config): Config {
  return replaced(config, "") as Config;
}

function replaced(value: unknown, path: string): unknown {
  if (PLACEHOLDERS.some((one) => one.path === path)) return placeholder(path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, replaced(one, path === "" ? key : `${path}.${key}`)]),
  );
}

/** Puts Go's expressions where the placeholders are: quoted where one is a whole value, and numbers that follow from others by their rule. */
export function fillPlaceholders(manifest: string): string {
  let filled = manifest;
  for (const [at, { path, expression, isNumber }] of PLACEHOLDERS.entries()) {
    if (!isNumber) {
      const isWhole = new RegExp(
        `^(\\s*(?:- )*(?:[\\w./-]+: )?)${word(at)}${path === "images.count.repository" ? "(?:[:@].*)?" : ""}$`,
        "gm",
      );
      filled = filled
        .replace(isWhole, (_line, before: string) => `${before}{{ ${expression} | quote }}`)
        .replaceAll(word(at), `{{ ${expression} }}`);
      continue;
    }
    // What follows from a number is replaced by the rule by which it does.
    const replace = (value: number, by: string) => {
      filled = filled.replace(new RegExp(`(?<!\\d)${value}(?!\\d)`, "g"), () => `{{ ${by} }}`);
    };
    const given = number(at);
    if (path === "migration.waitSeconds") replace(given * 1_000, `mul (${expression}) 1000`);
    if (path === "server.settings.stopLimitMs") {
      replace(Math.ceil(given / 1_000) + 5, "add (div (add (int64 .Values.server.settings.stopLimitMs) 999) 1000) 5");
    }
    if (path === "tracing.samplePercent") replace(given / 100, `divf (${expression}) 100`);
    replace(given, expression);
  }
  return filled;
}
