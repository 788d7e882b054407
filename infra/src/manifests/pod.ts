import { k8s } from "cdk8s-plus-27";
import type { Placement, Resources } from "../config/workloads.ts";
import type { Bundle, Component } from "./bundle.ts";

/** The user of Count's image. */
export const COUNT_USER = 65_532;

export interface ContainerOptions {
  readonly name: string;
  readonly image: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: readonly k8s.EnvVar[];
  readonly envFrom?: k8s.EnvFromSource[];
  readonly ports?: k8s.ContainerPort[];
  readonly mounts?: readonly k8s.VolumeMount[];
  readonly resources: Resources;
  readonly startupProbe?: k8s.Probe;
  readonly readinessProbe?: k8s.Probe;
  readonly livenessProbe?: k8s.Probe;
  readonly preStop?: k8s.LifecycleHandler;
}

export interface PodOptions {
  readonly component: Component;
  /** Its ServiceAccount, one for each component. */
  readonly serviceAccountName: string;
  readonly containers: readonly ContainerOptions[];
  readonly initContainers?: readonly ContainerOptions[];
  readonly volumes?: readonly k8s.Volume[];
  /** User, group and group of the volumes. Default: those of Count's image. */
  readonly user?: number;
  readonly restartPolicy?: "Never" | "OnFailure";
  readonly terminationGracePeriodSeconds?: number;
  readonly placement?: Placement;
  /** Spreads the pods of the component over hosts and zones. */
  readonly isSpread?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The one place where pods are made, so that every pod is the same where it matters: it passes the Pod Security Standard
 * `restricted`, has no token of the Kubernetes API, no variables of other Services and a read-only root file system.
 */
export function podTemplate(bundle: Bundle, options: PodOptions): k8s.PodTemplateSpec {
  const { annotations = {} } = options;
  return {
    metadata: {
      labels: bundle.labels(options.component),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: podSpec(bundle, options),
  };
}

function podSpec(bundle: Bundle, options: PodOptions): k8s.PodSpec {
  const { user = COUNT_USER, placement, initContainers = [], volumes = [] } = options;
  const { pullSecrets } = bundle.config.images;
  return {
    serviceAccountName: options.serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(options.restartPolicy === undefined ? {} : { restartPolicy: options.restartPolicy }),
    ...(options.terminationGracePeriodSeconds === undefined
      ? {}
      : { terminationGracePeriodSeconds: options.terminationGracePeriodSeconds }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(placement === undefined ? {} : placed(placement)),
    ...(options.isSpread === true ? { topologySpreadConstraints: spread(bundle.selector(options.component)) } : {}),
    ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map((one) => container(bundle, one)) }),
    containers: options.containers.map((one) => container(bundle, one)),
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: k8s.Quantity.fromString("64Mi") } }, ...volumes],
  };
}

function container(bundle: Bundle, options: ContainerOptions): k8s.Container {
  const { cpu, memory, memoryLimit } = options.resources;
  const { command, args, env, envFrom, ports, startupProbe, readinessProbe, livenessProbe, preStop } = options;
  return {
    name: options.name,
    image: options.image,
    imagePullPolicy: bundle.config.images.pullPolicy,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(envFrom === undefined ? {} : { envFrom }),
    ...(env === undefined ? {} : { env: [...env] }),
    ...(ports === undefined ? {} : { ports }),
    resources: {
      requests: { cpu: k8s.Quantity.fromString(cpu), memory: k8s.Quantity.fromString(memory) },
      limits: { memory: k8s.Quantity.fromString(memoryLimit) },
    },
    ...(startupProbe === undefined ? {} : { startupProbe }),
    ...(readinessProbe === undefined ? {} : { readinessProbe }),
    ...(livenessProbe === undefined ? {} : { livenessProbe }),
    ...(preStop === undefined ? {} : { lifecycle: { preStop } }),
    securityContext: containerSecurity(),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...(options.mounts ?? [])],
  };
}

export function containerSecurity(): k8s.SecurityContext {
  return { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
}

function placed({ nodeSelector, tolerations, priorityClassName }: Placement): Partial<k8s.PodSpec> {
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0
      ? {}
      : {
          tolerations: tolerations.map(({ key, operator, value, effect }) => ({
            operator,
            ...(key === undefined ? {} : { key }),
            ...(value === undefined ? {} : { value }),
            ...(effect === undefined ? {} : { effect }),
          })),
        }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}

function spread(matchLabels: Record<string, string>): k8s.TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    // A cluster of one node or one zone can run it too.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  }));
}

/** A ServiceAccount that can do nothing, so that the namespace's default one, which may be granted something, is not used. */
export function serviceAccount(bundle: Bundle, component: Component, name: string): k8s.KubeServiceAccountProps {
  return { metadata: bundle.metadata(component, name), automountServiceAccountToken: false };
}
