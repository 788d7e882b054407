import type { Config } from "../config/config.ts";
import type { Tracing } from "../config/tracing.ts";
import { placeholder } from "./placeholders.ts";

/** Part of a configuration; what it has takes the place of what another one has. */
export type Change = (config: Config) => Config;

/** A choice between configurations that changes what objects have in them: the cases exclude one another. */
export type Option = readonly { readonly when: string; readonly change: Change }[];

/** Stand for the items of a map or list, which {@link fillCollections} puts there. */
export const MARK = Object.freeze({
  labels: { "zq-labels": "x" },
  annotations: { "zq-annotations": "x" },
  podAnnotations: { "zq-pod-annotations": "x" },
  nodeSelector: { "zq-node-selector": "x" },
  serviceMonitorLabels: { "zq-service-monitor-labels": "x" },
  alertLabels: { "zq-alert-labels": "x" },
  dashboardLabels: { "zq-dashboard-labels": "x" },
  ingressAnnotations: { "zq-ingress-annotations": "x" },
});

const TRACING: Tracing = {
  host: placeholder("tracing.host"),
  port: placeholder("tracing.port"),
  scheme: placeholder("tracing.scheme"),
  protocol: placeholder("tracing.protocol"),
  samplePercent: placeholder("tracing.samplePercent"),
};

const peers = (name: string) => [{ cidr: `zq-${name}` }];

/** What every object is made from: all that is always there, with marks for its items. */
export const base: Change = (config) => ({
  ...config,
  labels: MARK.labels,
  server: { ...config.server, replicas: placeholder("server.replicas"), podAnnotations: MARK.podAnnotations },
  networkPolicies: { ...config.networkPolicies, clients: peers("clients"), http: peers("http"), dns: peers("dns") },
});

export function one(when: string, change: Change): Option {
  return [{ when, change }];
}

const placed =
  (what: Partial<Config["server"]["placement"]>): Change =>
  (config) => ({
    ...config,
    server: { ...config.server, placement: { ...config.server.placement, ...what } },
  });

const external = (config: Config, what: object): Config => ({
  ...config,
  database: { ...config.database, ...what },
});

const OPTIONAL_SETTINGS = [
  "maxMessageBytes",
  "maxConnections",
  "maxConnectionsPerClient",
  "maxCalls",
  "maxCallsPerClient",
  "maxBatchesPerSecond",
  "maxBatchesPerSecondPerClient",
  "maxMessagesPerSecond",
  "maxMessagesPerSecondPerClient",
  "maxConnectionAgeMs",
  "maxConnectionAgeGraceMs",
  "maxPathBytes",
  "maxPathsPerService",
  "maxServices",
  "maxAheadMs",
  "maxBehindMs",
  "metricsToday",
  "bucketRetentionDays",
  "totalsRetentionDays",
] as const;

/** Of whatever object it is. */
export const ANNOTATIONS = one(".Values.annotations", (config) => ({ ...config, annotations: MARK.annotations }));

/** Every option that changes an object which is there with and without it. They are independent of one another. */
// `kindIs "map"`: an empty map asks for something too, with its defaults, and is nothing to Go's `if`.
export const OPTIONS: readonly Option[] = [
  ANNOTATIONS,
  one(".Values.images.pullSecrets", (config) => ({
    ...config,
    images: { ...config.images, pullSecrets: ["zq-pull"] },
  })),
  one(".Values.server.placement.nodeSelector", placed({ nodeSelector: MARK.nodeSelector })),
  one(
    ".Values.server.placement.priorityClassName",
    placed({ priorityClassName: placeholder("server.placement.priorityClassName") }),
  ),
  one(".Values.server.placement.tolerations", placed({ tolerations: [{ operator: "Exists", key: "zq-tolerations" }] })),
  one('kindIs "map" .Values.server.autoscaling', (config) => ({ ...config, server: autoscaled(config) })),
  ...OPTIONAL_SETTINGS.map((key) =>
    // hasKey: 0 is a value too.
    one(`hasKey .Values.server.settings "${key}"`, (config) => ({
      ...config,
      server: {
        ...config.server,
        settings: { ...config.server.settings, [key]: placeholder(`server.settings.${key}`) },
      },
    })),
  ),
  one('kindIs "map" .Values.database.migrationCredentials', (config) =>
    external(config, {
      migrationCredentials: {
        name: placeholder("database.migrationCredentials.name"),
        usernameKey: placeholder("database.migrationCredentials.usernameKey"),
        passwordKey: placeholder("database.migrationCredentials.passwordKey"),
      },
    }),
  ),
  one(".Values.rollup.suspend", (config) => ({ ...config, rollup: { ...config.rollup, suspend: true } })),
  one(".Values.database.networkPeers", (config) => external(config, { networkPeers: peers("database") })),
  one("not .Values.networkPolicies.http", (config) => ({
    ...config,
    networkPolicies: { ...config.networkPolicies, http: [] },
  })),
  tracingCases(),
  securityCases(),
];

/** Together: what one of them adds stands inside of what the other one does. */
function tracingCases(): Option {
  const isTracing = 'kindIs "map" .Values.tracing';
  const headers = {
    headersSecret: {
      name: placeholder("tracing.headersSecret.name"),
      key: placeholder("tracing.headersSecret.key"),
    },
  };
  const peered = { networkPeers: peers("tracing") };
  const traced = (what: Partial<Tracing>) => (config: Config) => ({ ...config, tracing: { ...TRACING, ...what } });
  const hasHeaders = 'kindIs "map" .Values.tracing.headersSecret';
  return [
    {
      when: `and (${isTracing}) (${hasHeaders}) .Values.tracing.networkPeers`,
      change: traced({ ...headers, ...peered }),
    },
    { when: `and (${isTracing}) (${hasHeaders})`, change: traced(headers) },
    { when: `and (${isTracing}) .Values.tracing.networkPeers`, change: traced(peered) },
    { when: isTracing, change: traced({}) },
  ];
}

/** TLS and tokens together: whether anybody is asked who he is follows from both. */
function securityCases(): Option {
  const tls: Option = [
    {
      when: 'and (eq .Values.tls.mode "secret") .Values.tls.clientSecretName',
      change: (config) => ({
        ...config,
        tls: {
          mode: "secret",
          secretName: placeholder("tls.secretName"),
          clientSecretName: placeholder("tls.clientSecretName"),
        },
      }),
    },
    {
      when: 'eq .Values.tls.mode "secret"',
      change: (config) => ({ ...config, tls: { mode: "secret", secretName: placeholder("tls.secretName") } }),
    },
    { when: 'eq .Values.tls.mode "cert-manager"', change: (config) => withCertificate(config) },
  ];
  const isAuth = 'kindIs "map" .Values.auth';
  return [
    ...tls.map(({ when, change }) => ({
      when: `and (${isAuth}) (${when})`,
      change: (config: Config) => withAuth(change(config)),
    })),
    { when: isAuth, change: withAuth },
    ...tls,
  ];
}

function withAuth(config: Config): Config {
  const secret = (path: string) => ({ name: placeholder(`auth.${path}.name`), key: placeholder(`auth.${path}.key`) });
  return { ...config, auth: { file: secret("file"), rollupToken: secret("rollupToken") } };
}

export function autoscaled({ server }: Config): Config["server"] {
  return {
    ...server,
    autoscaling: {
      minReplicas: placeholder("server.autoscaling.minReplicas"),
      maxReplicas: placeholder("server.autoscaling.maxReplicas"),
      cpuPercent: placeholder("server.autoscaling.cpuPercent"),
    },
  };
}

export function withCertificate(config: Config): Config {
  return {
    ...config,
    namespace: placeholder("namespace"),
    tls: {
      mode: "cert-manager",
      issuerRef: { name: placeholder("tls.issuerRef.name"), kind: placeholder("tls.issuerRef.kind") },
    },
  };
}
