import type { Config } from "../config/config.ts";
import { ANNOTATIONS, autoscaled, type Change, MARK, type Option, one, withCertificate } from "./options.ts";
import { placeholder } from "./placeholders.ts";

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
    options: [ANNOTATIONS],
  },
  { kind: "Certificate", when: 'eq .Values.tls.mode "cert-manager"', change: withCertificate, options: [ANNOTATIONS] },
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
      ANNOTATIONS,
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
    options: [ANNOTATIONS],
  },
  {
    kind: "PrometheusRule",
    when: 'kindIs "map" .Values.monitoring.alerts',
    change: (config) => ({
      ...config,
      monitoring: { alerts: alerts() },
    }),
    options: [
      ANNOTATIONS,
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
    options: [ANNOTATIONS],
  },
];
