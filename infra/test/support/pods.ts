import type { Manifest } from "../../src/bundle/files.ts";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly restartPolicy?: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly imagePullPolicy?: string;
  readonly ports?: readonly { readonly containerPort: number; readonly hostPort?: number }[];
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
  readonly securityContext?: SecurityContext & {
    readonly privileged?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
    readonly procMount?: string;
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly [probe: `${string}Probe`]: unknown;
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly seccompProfile?: { readonly type: string };
  readonly seLinuxOptions?: object;
  readonly sysctls?: readonly object[];
  readonly windowsOptions?: object;
  readonly appArmorProfile?: object;
}

export interface Pod {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: SecurityContext;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: Pod;
}

export interface PodOf {
  /** `Deployment count`. */
  readonly owner: string;
  readonly template: PodTemplate;
}

interface Workload {
  readonly template?: PodTemplate;
  readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
}

/** The pods that objects make. */
export function podsOf(objects: readonly Manifest[]): PodOf[] {
  return objects.flatMap((object) => {
    const spec = object["spec"] as Workload | undefined;
    const template = spec?.jobTemplate?.spec.template ?? spec?.template;
    return template === undefined ? [] : [{ owner: `${object.kind} ${object.metadata.name}`, template }];
  });
}

export function containersOf({ initContainers = [], containers }: Pod): readonly Container[] {
  return [...initContainers, ...containers];
}
