import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { CockroachDb } from "../../config/database.ts";
import { imageName } from "../../config/images.ts";
import { type Bundle, PORTS } from "../bundle.ts";
import { podTemplate, serviceAccount } from "../pod.ts";
import {
  CERTIFICATE_MOUNT,
  CERTIFICATES,
  COCKROACH,
  COCKROACH_USER,
  certificateVolume,
  nodesVariable,
} from "./names.ts";

const NODES = 3;
const DATA_FOLDER = "/cockroach/cockroach-data";

/** Three nodes with TLS, each with a volume of its own. */
export function cockroachNodes(
  chart: Chart,
  bundle: Bundle,
  { storage, resources, secretRevision }: CockroachDb,
): void {
  const name = bundle.name("cockroachdb");
  const selector = bundle.selector("database");
  const account = serviceAccount(bundle, "database", name);
  new k8s.KubeServiceAccount(chart, "account", account);
  const host = "$(POD_NAME).$(COCKROACH_NODES)";
  // Always the first three, whatever the number of nodes: scaling restarts none of them.
  const join = Array.from(
    { length: NODES },
    (_, at) => `$(COCKROACH_NODES)-${at}.$(COCKROACH_NODES):${PORTS.cockroachdb}`,
  );
  const pod = podTemplate(bundle, {
    component: "database",
    serviceAccountName: name,
    user: COCKROACH_USER,
    isSpread: true,
    placement: bundle.config.server.placement,
    annotations: { "count/database-secret-revision": secretRevision },
    // A node that is told to stop hands its leases over first; killed early, its ranges are away for seconds.
    terminationGracePeriodSeconds: 300,
    containers: [
      {
        name: "cockroachdb",
        image: imageName(bundle.config.images.cockroachdb),
        command: [COCKROACH],
        args: [
          "start",
          `--certs-dir=${CERTIFICATES}`,
          `--advertise-host=${host}`,
          `--listen-addr=:${PORTS.cockroachdb}`,
          `--http-addr=:${PORTS.cockroachdbHttp}`,
          `--join=${join.join(",")}`,
          `--store=path=${DATA_FOLDER}`,
          "--cache=25%",
          "--max-sql-memory=25%",
          "--logtostderr=WARNING",
        ],
        env: [
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          nodesVariable(bundle),
          { name: "COCKROACH_SKIP_ENABLING_DIAGNOSTIC_REPORTING", value: "true" },
        ],
        ports: [
          { name: "grpc", containerPort: PORTS.cockroachdb },
          { name: "http", containerPort: PORTS.cockroachdbHttp },
        ],
        mounts: [CERTIFICATE_MOUNT, { name: "data", mountPath: DATA_FOLDER }],
        resources,
        livenessProbe: {
          ...health("/health"),
          initialDelaySeconds: 30,
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        readinessProbe: { ...health("/health?ready=1"), periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
      },
    ],
    volumes: [certificateVolume(bundle, "node")],
  });
  new k8s.KubeStatefulSet(chart, "nodes", {
    metadata: bundle.metadata("database", name),
    spec: {
      replicas: NODES,
      serviceName: name,
      // None is ready before all of them have been initialized.
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      revisionHistoryLimit: 5,
      selector: { matchLabels: selector },
      template: evenlyOverHosts(pod),
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: selector },
          spec: {
            accessModes: ["ReadWriteOnce"],
            ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
            resources: { requests: { storage: k8s.Quantity.fromString(storage.size) } },
          },
        },
      ],
    },
  });
  cockroachServices(chart, bundle);
  new k8s.KubePodDisruptionBudget(chart, "budget", {
    metadata: bundle.metadata("database", name),
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selector },
    },
  });
}

/** The nodes among themselves, ready or not, and those that are ready for everybody else. */
function cockroachServices(chart: Chart, bundle: Bundle): void {
  const selector = bundle.selector("database");
  const grpc = {
    name: "grpc",
    port: PORTS.cockroachdb,
    targetPort: k8s.IntOrString.fromString("grpc"),
    appProtocol: "tcp",
  };
  const http = {
    name: "http",
    port: PORTS.cockroachdbHttp,
    targetPort: k8s.IntOrString.fromString("http"),
    appProtocol: "https",
  };
  new k8s.KubeService(chart, "headless", {
    metadata: bundle.metadata("database", bundle.name("cockroachdb")),
    spec: { type: "ClusterIP", clusterIp: "None", publishNotReadyAddresses: true, selector, ports: [grpc, http] },
  });
  new k8s.KubeService(chart, "public", {
    metadata: bundle.metadata("database", bundle.name("cockroachdb-public")),
    spec: { type: "ClusterIP", selector, ports: [grpc, http] },
  });
}

function health(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromString("http"), scheme: "HTTPS" } };
}

/**
 * With two of three nodes on one host, losing it would lose the majority. Where there are fewer hosts than nodes this is no
 * hindrance: it asks for an even spread over the hosts that there are.
 */
function evenlyOverHosts({ metadata, spec }: k8s.PodTemplateSpec): k8s.PodTemplateSpec {
  const constraints = spec?.topologySpreadConstraints ?? [];
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: {
      ...(spec as k8s.PodSpec),
      topologySpreadConstraints: constraints.map((one) =>
        one.topologyKey === "kubernetes.io/hostname" ? { ...one, whenUnsatisfiable: "DoNotSchedule" } : one,
      ),
    },
  };
}
