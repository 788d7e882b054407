import { z } from "zod";
import { annotationMap, hostName, labelMap, objectName, peer, secretItem } from "./values.ts";

const issuerRef = z.strictObject({
  name: objectName.describe("Name of the issuer."),
  kind: z.enum(["Issuer", "ClusterIssuer"]).default("Issuer").describe("Default Issuer."),
});

export const tls = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: z
        .literal("off")
        .describe("Plain HTTP/2 in the cluster: who may connect is for the NetworkPolicies or a mesh to say."),
    }),
    z.strictObject({
      mode: z.literal("secret").describe("TLS with the certificate of a Secret; it is read again when it changes."),
      secretName: objectName
        .default("count-tls")
        .describe("Secret with tls.crt, tls.key and ca.crt, for the names of both Services. Default count-tls."),
      clientSecretName: objectName
        .optional()
        .describe(
          "Only clients with a certificate of the authority in ca.crt are let in; this Secret has the roll-up's (tls.crt, tls.key). Default: no client certificates.",
        ),
    }),
    z.strictObject({
      mode: z.literal("cert-manager").describe("TLS with a certificate that cert-manager makes and renews."),
      issuerRef: issuerRef.describe("Who signs it."),
    }),
  ])
  .default({ mode: "off" })
  .describe("TLS of count.v1. Default off.");

export const auth = z
  .strictObject({
    file: secretItem("count-auth", "auth.yaml")
      .prefault({})
      .describe(
        "Secret with the file of those who may call: tokens by their hashes, and names of client certificates. `count token` makes entries. Servers read it again when it changes.",
      ),
    rollupToken: secretItem("count-rollup-token", "token")
      .prefault({})
      .describe("Secret with the roll-up's token, which needs the scope rollup."),
  })
  .optional()
  .describe(
    "Every call needs a token or a client certificate that a file knows. Default: who can connect can count and read.",
  );

/** CoreDNS, and the addresses of a DNS cache on the node. */
const DNS = [
  { namespaceLabels: { "kubernetes.io/metadata.name": "kube-system" }, podLabels: { "k8s-app": "kube-dns" } },
  { cidr: "169.254.0.0/16" },
];

export const networkPolicies = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Default true. Without them every pod of the cluster can count and read."),
    clients: z
      .array(peer)
      .min(1)
      .max(50)
      .default([{ namespaceLabels: {}, podLabels: { "count-client": "true" } }])
      .describe("Who may count and read. Default: pods with the label count-client=true, in every namespace."),
    http: z
      .array(peer)
      .max(50)
      .default([{ namespaceLabels: { "kubernetes.io/metadata.name": "monitoring" } }])
      .describe(
        "Who may reach the ports of metrics and of the page: Prometheus, and what serves an Ingress or a route. Default: the namespace monitoring.",
      ),
    dns: z
      .array(peer)
      .min(1)
      .max(10)
      .default(DNS)
      .describe("Where names are looked up. Default: CoreDNS in kube-system, and link-local addresses."),
  })
  .prefault({})
  .describe("NetworkPolicies: nothing but what is needed, in both directions.");

export const monitoring = z
  .strictObject({
    serviceMonitor: z
      .strictObject({
        intervalSeconds: z.int().min(5).max(3_600).default(30).describe("Default 30."),
        labels: labelMap
          .default({})
          .describe("Labels by which your Prometheus selects ServiceMonitors. Default: none."),
      })
      .optional()
      .describe("A ServiceMonitor; it needs the Prometheus operator. Default: none."),
    alerts: z
      .strictObject({
        labels: labelMap.default({}).describe("Labels by which your Prometheus selects rules. Default: none."),
        severity: z
          .string()
          .min(1)
          .max(63)
          .default("warning")
          .describe("Label severity of the alerts. Default warning."),
        urgentSeverity: z
          .string()
          .min(1)
          .max(63)
          .default("critical")
          .describe("The same of those that wake somebody: counts are being lost, or will be. Default critical."),
        runbookUrl: z
          .string()
          .max(500)
          .regex(/^https?:\/\/[^\s#'"{}]+$/, "expected an http or https URL without an anchor")
          .optional()
          .describe(
            "Where your people read docs/operations.md: each alert gets an annotation runbook_url, which is this with an anchor. Default: none.",
          ),
      })
      .optional()
      .describe("A PrometheusRule; it needs the Prometheus operator. Default: none."),
    dashboard: z
      .strictObject({
        labels: labelMap
          .default({ grafana_dashboard: "1" })
          .describe(
            "Labels by which Grafana's sidecar selects ConfigMaps. Default grafana_dashboard=1, as in its Helm chart.",
          ),
        folder: z
          .string()
          .min(1)
          .max(100)
          .default("Count")
          .describe("Folder of Grafana, as the annotation grafana_folder. Default Count."),
      })
      .optional()
      .describe(
        "A ConfigMap with the Grafana dashboard of charts/dashboards/count.json; it needs the sidecar of Grafana's Helm chart. Default: none.",
      ),
  })
  .prefault({})
  .describe("What the Prometheus operator and Grafana are told.");

export const http = z
  .strictObject({
    ingress: z
      .strictObject({
        host: hostName.describe("The host name that people use."),
        className: objectName.optional().describe("IngressClass. Default: the cluster's."),
        tlsSecretName: objectName.optional().describe("Secret with the certificate of that host. Default: no TLS."),
        annotations: annotationMap.default({}).describe("Default: none."),
      })
      .optional()
      .describe(
        "An Ingress for the page and the HTTP API. Default: none. With tls they speak HTTPS: tell your controller so by annotations.",
      ),
    route: z
      .strictObject({
        host: hostName.describe("The host name that people use."),
        gateway: z
          .strictObject({
            name: objectName.describe("Name of the Gateway."),
            namespace: objectName.optional().describe("Its namespace. Default: this one."),
            sectionName: objectName.optional().describe("Its listener. Default: every one that fits."),
          })
          .describe("The Gateway that serves it."),
      })
      .optional()
      .describe(
        "A HTTPRoute of the Gateway API for the page and the HTTP API. Default: none. With tls they speak HTTPS: tell your gateway so by a BackendTLSPolicy.",
      ),
  })
  .prefault({})
  .describe("How people reach the page and the HTTP API from outside.");

export type Tls = z.output<typeof tls>;
