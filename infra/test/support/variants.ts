import { PROFILES } from "../../src/bundle/profiles.ts";
import type { ConfigInput } from "../../src/config/config.ts";

const OPTIONS: Readonly<Record<string, ConfigInput>> = {
  "tls from a secret": { tls: { mode: "secret", clientSecretName: "rollup-client" } },
  "tls from cert-manager": { namespace: "apis", tls: { mode: "cert-manager", issuerRef: { name: "company" } } },
  tokens: { auth: {} },
  "tokens and tls": {
    tls: { mode: "secret" },
    auth: { file: { name: "who-may", key: "who.yaml" }, rollupToken: { name: "nightly", key: "secret" } },
  },
  "tokens and client certificates": {
    namespace: "apis",
    tls: { mode: "secret", clientSecretName: "rollup-client" },
    auth: { file: { name: "who-may" } },
  },
  autoscaling: { server: { autoscaling: { minReplicas: 3, maxReplicas: 9 } } },
  monitoring: {
    monitoring: {
      serviceMonitor: { labels: { release: "prometheus" } },
      alerts: { runbookUrl: "https://docs.example.org/count/operations" },
      dashboard: {},
    },
  },
  traces: { tracing: { host: "otel-collector.monitoring.svc" } },
  "traces over gRPC with headers": {
    tracing: {
      host: "otel.example.org",
      port: 4_317,
      scheme: "https",
      protocol: "grpc",
      samplePercent: 7,
      headersSecret: { name: "otel" },
      networkPeers: [{ cidr: "10.2.0.0/16" }],
    },
  },
  "an ingress": { http: { ingress: { host: "count.example.org", className: "nginx", tlsSecretName: "count-web" } } },
  "a route": { http: { route: { host: "count.example.org", gateway: { name: "public", namespace: "gateways" } } } },
  "no network policies": { networkPolicies: { enabled: false } },
  "another name and place": {
    name: "tally",
    namespace: "apis",
    labels: { team: "platform" },
    annotations: { "example.org/owner": "platform" },
    images: {
      count: { repository: "registry.example.org/count", digest: `sha256:${"a".repeat(64)}` },
      pullSecrets: ["pull"],
    },
    server: {
      placement: {
        nodeSelector: { disk: "ssd" },
        tolerations: [{ key: "apis", operator: "Exists" }],
        priorityClassName: "high",
      },
      podAnnotations: { "example.org/mesh": "on" },
      settings: { maxBehindMs: "unlimited", maxPathBytes: 512, metricsToday: "off" },
    },
    database: {
      kind: "external",
      host: "db.example.org",
      migrationCredentials: { name: "count-owner" },
      networkPeers: [{ cidr: "10.1.0.0/16" }],
    },
  },
  "certificates from cert-manager": {
    namespace: "apis",
    database: { kind: "cockroachdb", certificates: { from: "cert-manager" }, licenceSecret: { name: "licence" } },
  },
  "certificates from an issuer": {
    namespace: "apis",
    database: {
      kind: "cockroachdb",
      certificates: { from: "cert-manager", issuerRef: { name: "company", kind: "ClusterIssuer" } },
    },
  },
  "certificates from a job": { database: { kind: "cockroachdb", certificates: { from: "bootstrap" } } },
};

/** Every profile, and every option of a configuration at least once. */
export const VARIANTS: readonly (readonly [name: string, config: ConfigInput])[] = [
  ...PROFILES.map(({ name, config }) => [`profile ${name}`, config] as const),
  ...Object.entries(OPTIONS),
];
