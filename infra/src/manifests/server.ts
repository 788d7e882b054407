import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { imageName } from "../config/images.ts";
import { settingsEnv } from "../config/settings.ts";
import { serverAuth } from "./auth.ts";
import { type Bundle, PORTS } from "./bundle.ts";
import { checksum } from "./canonical.ts";
import { databaseAccess } from "./database-access.ts";
import { type ContainerOptions, podTemplate, serviceAccount } from "./pod.ts";
import { postgresInside } from "./postgres-inside.ts";
import { serverTls } from "./tls.ts";
import { serverTracing } from "./tracing.ts";

/** The servers: what they run as, their configuration, and how many of them. */
export function serverWorkload(chart: Chart, bundle: Bundle): void {
  const { config } = bundle;
  new k8s.KubeServiceAccount(chart, "server-account", serviceAccount(bundle, "server", bundle.name("server")));
  new k8s.KubeConfigMap(chart, "server-config", {
    metadata: bundle.metadata("server", bundle.name("server")),
    data: serverEnv(bundle),
  });
  if (config.database.kind === "inside") {
    statefulServer(chart, bundle, config.database);
  } else {
    replicatedServer(chart, bundle);
  }
  new k8s.KubePodDisruptionBudget(chart, "server-budget", {
    metadata: bundle.metadata("server", bundle.name()),
    spec: {
      // Not minAvailable: at one replica that would block the draining of a node for ever.
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: bundle.selector("server") },
    },
  });
}

function replicatedServer(chart: Chart, bundle: Bundle): void {
  const { replicas = 2, autoscaling } = bundle.config.server;
  new k8s.KubeDeployment(chart, "server", {
    metadata: bundle.metadata("server", bundle.name()),
    spec: {
      // Applying again would take back what an autoscaler has decided.
      ...(autoscaling === undefined ? { replicas } : {}),
      selector: { matchLabels: bundle.selector("server") },
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromNumber(1) },
      },
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 900,
      template: serverPod(bundle, { containers: [], volumes: [] }),
    },
  });
  if (autoscaling === undefined) return;
  new k8s.KubeHorizontalPodAutoscalerV2(chart, "server-autoscaler", {
    metadata: bundle.metadata("server", bundle.name()),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: bundle.name() },
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: autoscaling.cpuPercent } },
        },
      ],
    },
  });
}

/** With its database beside it: one pod, which ends before its successor starts, so that two never share the volume. */
function statefulServer(chart: Chart, bundle: Bundle, database: Parameters<typeof postgresInside>[1]): void {
  const postgres = postgresInside(bundle, database);
  new k8s.KubeStatefulSet(chart, "server", {
    metadata: bundle.metadata("server", bundle.name()),
    spec: {
      replicas: 1,
      serviceName: bundle.name("headless"),
      selector: { matchLabels: bundle.selector("server") },
      revisionHistoryLimit: 5,
      template: serverPod(bundle, postgres),
      volumeClaimTemplates: [postgres.claim],
    },
  });
}

function serverPod(
  bundle: Bundle,
  beside: {
    readonly containers: readonly ContainerOptions[];
    readonly volumes: readonly k8s.Volume[];
    readonly user?: number;
  },
): k8s.PodTemplateSpec {
  const { images, server } = bundle.config;
  const access = databaseAccess(bundle, "server");
  const tls = serverTls(bundle);
  const auth = serverAuth(bundle);
  const alive = { grpc: { port: PORTS.health, service: "liveness" } };
  return podTemplate(bundle, {
    component: "server",
    serviceAccountName: bundle.name("server"),
    annotations: {
      ...server.podAnnotations,
      "checksum/config": checksum(serverEnv(bundle)),
      ...access.annotations,
    },
    terminationGracePeriodSeconds: Math.ceil(server.settings.stopLimitMs / 1_000) + 5,
    placement: server.placement,
    isSpread: true,
    ...(beside.user === undefined ? {} : { user: beside.user }),
    containers: [
      {
        name: "count",
        image: imageName(images.count),
        args: ["serve"],
        envFrom: [{ configMapRef: { name: bundle.name("server") } }],
        env: [...access.env, ...serverTracing(bundle).env],
        ports: [
          { name: "grpc", containerPort: PORTS.grpc },
          { name: "web", containerPort: PORTS.web },
          { name: "http", containerPort: PORTS.http },
          { name: "health", containerPort: PORTS.health },
        ],
        mounts: [...access.mounts, ...tls.mounts, ...auth.mounts],
        resources: server.resources,
        startupProbe: { ...alive, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 60 },
        // Neither asks for the database: a server that was killed because its database is away would not help anybody.
        livenessProbe: { ...alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
        readinessProbe: { grpc: { port: PORTS.health }, periodSeconds: 3, timeoutSeconds: 3, failureThreshold: 2 },
      },
      ...beside.containers,
    ],
    volumes: [...access.volumes, ...tls.volumes, ...auth.volumes, ...beside.volumes],
  });
}

/** The ConfigMap's content. */
export function serverEnv(bundle: Bundle): Record<string, string> {
  const { database, server } = bundle.config;
  return {
    COUNT_GRPC_ADDRESS: `:${PORTS.grpc}`,
    COUNT_WEB_ADDRESS: `:${PORTS.web}`,
    COUNT_HTTP_ADDRESS: `:${PORTS.http}`,
    COUNT_HEALTH_ADDRESS: `:${PORTS.health}`,
    COUNT_LOG_FORMAT: "json",
    // The server of a database of its own migrates it, and waits for it longer than PostgreSQL takes to make it.
    ...(database.kind === "inside" ? { COUNT_MIGRATE: "true", COUNT_MIGRATE_WAIT_MS: "600000" } : {}),
    ...serverTls(bundle).env,
    ...serverAuth(bundle).env,
    ...serverTracing(bundle).settings,
    ...settingsEnv(server.settings),
  };
}
