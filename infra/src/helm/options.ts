import type { Config } from "../config/config.ts";
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

const peers = (name: string) => [{ cidr: `zq-${name}` }];

/** What every object is made from: all that is always there, with marks for its items. */
export const base: Change = (config) => ({
  ...config,
  labels: MARK.labels,
  server: { ...config.server, replicas: placeholder("server.replicas"), podAnnotations: MARK.podAnnotations },
  networkPolicies: { ...config.networkPolicies, clients: peers("clients"), http: peers("http"), dns: peers("dns") },
});

function one(when: string, change: Change): Option {
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
  "bucketRetentionDays",
  "totalsRetentionDays",
] as const;

const annotations = one(".Values.annotations", (config) => ({ ...config, annotations: MARK.annotations }));

/** Every option that changes an object which is there with and without it. They are independent of one another. */
// `kindIs "map"`: an empty map asks for something too, with its defaults, and is nothing to Go's `if`.
export const OPTIONS: readonly Option[] = [
  annotations,
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
  securityCases(),
];

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

const ingress = (config: Config, what: object): Config => ({
  ...config,
  http: {
    ...config.http,
    ingress: { host: placeholder("http.ingress.host"), annotations: {}, ...config.http.ingress, ...what },
  },
});

const gateway = (config: Config, what: object): Config => ({
  ...config,
  http: {
    ...config.http,
    route: {
      host: placeholder("http.route.host"),
      gateway: { name: placeholder("http.route.gateway.name"), ...config.http.route?.gateway, ...what },
    },
  },
});

const alerts = () => ({
  labels: MARK.alertLabels,
  severity: placeholder("monitoring.alerts.severity"),
  urgentSeverity: placeholder("monitoring.alerts.urgentSeverity"),
});

/** An object that is there only sometimes: when, what asks for it, and its own options. */
export interface Extra {
  readonly kind: string;
  /** What comes after the bundle's name, where a kind has several. */
  readonly name?: string;
  readonly when: string;
  readonly change: Change;
  readonly options: readonly Option[];
}

export const EXTRAS: readonly Extra[] = [
  {
    kind: "HorizontalPodAutoscaler",
    when: 'kindIs "map" .Values.server.autoscaling',
    change: (config) => ({ ...config, server: autoscaled(config) }),
    options: [annotations],
  },
  { kind: "Certificate", when: 'eq .Values.tls.mode "cert-manager"', change: withCertificate, options: [annotations] },
  {
    kind: "Ingress",
    when: 'kindIs "map" .Values.http.ingress',
    change: (config) => ingress(config, {}),
    options: [
      one("or .Values.annotations .Values.http.ingress.annotations", (config) => ({
        ...ingress(config, { annotations: MARK.ingressAnnotations }),
        annotations: MARK.annotations,
      })),
      one(".Values.http.ingress.className", (config) =>
        ingress(config, { className: placeholder("http.ingress.className") }),
      ),
      one(".Values.http.ingress.tlsSecretName", (config) =>
        ingress(config, { tlsSecretName: placeholder("http.ingress.tlsSecretName") }),
      ),
    ],
  },
  {
    kind: "HTTPRoute",
    when: 'kindIs "map" .Values.http.route',
    change: (config) => gateway(config, {}),
    options: [
      annotations,
      one(".Values.http.route.gateway.namespace", (config) =>
        gateway(config, { namespace: placeholder("http.route.gateway.namespace") }),
      ),
      one(".Values.http.route.gateway.sectionName", (config) =>
        gateway(config, { sectionName: placeholder("http.route.gateway.sectionName") }),
      ),
    ],
  },
  {
    kind: "ServiceMonitor",
    when: 'kindIs "map" .Values.monitoring.serviceMonitor',
    change: (config) => ({
      ...config,
      monitoring: {
        serviceMonitor: {
          intervalSeconds: placeholder("monitoring.serviceMonitor.intervalSeconds"),
          labels: MARK.serviceMonitorLabels,
        },
      },
    }),
    options: [annotations],
  },
  {
    kind: "PrometheusRule",
    when: 'kindIs "map" .Values.monitoring.alerts',
    change: (config) => ({
      ...config,
      monitoring: { alerts: alerts() },
    }),
    options: [
      annotations,
      one(".Values.monitoring.alerts.runbookUrl", (config) => ({
        ...config,
        monitoring: { alerts: { ...alerts(), runbookUrl: placeholder("monitoring.alerts.runbookUrl") } },
      })),
    ],
  },
  {
    kind: "ConfigMap",
    name: "dashboard",
    when: 'kindIs "map" .Values.monitoring.dashboard',
    change: (config) => ({
      ...config,
      monitoring: { dashboard: { labels: MARK.dashboardLabels, folder: placeholder("monitoring.dashboard.folder") } },
    }),
    options: [annotations],
  },
];
