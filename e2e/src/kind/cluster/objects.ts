/** The little of Kubernetes' objects that the suite looks at. */

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
  };
}

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
  readonly state: {
    readonly running?: object;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string };
  };
}

export interface Pod extends KubeObject {
  readonly spec: {
    readonly containers: readonly ContainerSpec[];
    readonly initContainers?: readonly ContainerSpec[];
    readonly nodeName?: string;
  };
  readonly status: {
    readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface Job extends KubeObject {
  readonly status: {
    readonly succeeded?: number;
    readonly failed?: number;
    readonly active?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Deployment extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
  };
}

/** Of Deployments and StatefulSets: undefined once every wanted pod, and no other, is there and ready. */
export function rolloutLack({ metadata, spec, status }: Deployment): string | undefined {
  const wanted = spec.replicas ?? 1;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const isSeen = observedGeneration >= (metadata.generation ?? 0);
  if (isSeen && [replicas, updatedReplicas, readyReplicas].every((count) => count === wanted)) return undefined;
  return `${wanted} wanted, ${replicas} there, ${updatedReplicas} of them new, ${readyReplicas} ready`;
}

/** Undefined once a Job has completed. @throws Error once it has failed */
export function jobLack({ metadata, status }: Job): string | undefined {
  const failed = status.conditions?.find(({ type, status: is }) => type === "Failed" && is === "True");
  if (failed !== undefined)
    throw new Error(`Job ${metadata.name} failed: ${failed.reason ?? ""} ${failed.message ?? ""}`);
  if (status.conditions?.some(({ type, status: is }) => type === "Complete" && is === "True")) return undefined;
  return `active ${status.active ?? 0}, failed ${status.failed ?? 0}`;
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** A pod that is not on its way out. */
export function isStaying({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && (status.phase === "Running" || status.phase === "Pending");
}

export interface CronJob extends KubeObject {
  readonly spec: { readonly timeZone?: string; readonly schedule: string };
}
