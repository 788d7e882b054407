import { type Container, containersOf, type Pod, type SecurityContext } from "./pods.ts";

/** Volumes that `restricted` admits. */
const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SECCOMP = ["RuntimeDefault", "Localhost"];

/**
 * What breaks the Pod Security Standard `restricted`, by its published rules, those of `baseline` included. Fields that a bundle has no
 * use for at all (SELinux, AppArmor, sysctls, Windows) are refused whatever they say.
 */
export function restrictedFaults(pod: Pod): string[] {
  const context = pod.securityContext ?? {};
  const faults = [
    ...(["hostNetwork", "hostPID", "hostIPC"] as const)
      .filter((field) => pod[field] === true)
      .map((field) => `${field} is on`),
    ...contextFaults("the pod", context),
  ];
  for (const volume of pod.volumes ?? []) {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    if (kinds.length !== 1 || !VOLUMES.includes(kinds[0]!))
      faults.push(`the volume ${String(volume["name"])} is ${kinds.join(", ")}`);
  }
  for (const container of containersOf(pod)) faults.push(...containerFaults(container, context));
  return faults;
}

function containerFaults({ name, securityContext: own = {}, ports = [] }: Container, pod: SecurityContext): string[] {
  const faults = contextFaults(name, own);
  const say = (isWrong: boolean, what: string) => {
    if (isWrong) faults.push(`${name}: ${what}`);
  };
  say(own.privileged === true, "privileged is on");
  say(own.allowPrivilegeEscalation !== false, "allowPrivilegeEscalation is not false");
  say((own.runAsNonRoot ?? pod.runAsNonRoot) !== true, "runAsNonRoot is not true");
  say((own.runAsUser ?? pod.runAsUser) === 0, "runAsUser is 0");
  say(
    !SECCOMP.includes(own.seccompProfile?.type ?? pod.seccompProfile?.type ?? "none"),
    "seccompProfile is not RuntimeDefault or Localhost",
  );
  say(own.capabilities?.drop?.includes("ALL") !== true, "capabilities.drop lacks ALL");
  say(
    (own.capabilities?.add ?? []).some((one) => one !== "NET_BIND_SERVICE"),
    "capabilities.add has more than NET_BIND_SERVICE",
  );
  say((own.procMount ?? "Default") !== "Default", "procMount is not Default");
  say(
    ports.some(({ hostPort = 0 }) => hostPort !== 0),
    "a hostPort is used",
  );
  return faults;
}

function contextFaults(where: string, context: SecurityContext): string[] {
  return (["seLinuxOptions", "sysctls", "windowsOptions", "appArmorProfile"] as const)
    .filter((field) => context[field] !== undefined)
    .map((field) => `${where}: ${field} is set`);
}

/** What breaks the rules of this project, beyond `restricted`. */
export function houseFaults(pod: Pod): string[] {
  const faults: string[] = [];
  const say = (isWrong: boolean, what: string) => {
    if (isWrong) faults.push(what);
  };
  const { runAsUser = 0, runAsGroup = 0, fsGroup = 0, fsGroupChangePolicy } = pod.securityContext ?? {};
  say(runAsUser === 0 || runAsGroup === 0, "runAsUser or runAsGroup is 0 or left out");
  say(
    fsGroup === 0 || fsGroupChangePolicy !== "OnRootMismatch",
    "fsGroup is left out, or changes owners at every start",
  );
  say(pod.automountServiceAccountToken !== false, "automountServiceAccountToken is not false");
  say(pod.enableServiceLinks !== false, "enableServiceLinks is not false");
  say((pod.serviceAccountName ?? "default") === "default", "it has no ServiceAccount of its own");
  for (const { name, securityContext, resources, imagePullPolicy, volumeMounts = [] } of containersOf(pod)) {
    say(securityContext?.readOnlyRootFilesystem !== true, `${name}: the root file system can be written`);
    say(!volumeMounts.some(({ mountPath }) => mountPath === "/tmp"), `${name}: there is no /tmp`);
    say(
      resources?.requests?.["cpu"] === undefined || resources.requests["memory"] === undefined,
      `${name}: requests lack cpu or memory`,
    );
    say(resources?.limits?.["memory"] === undefined, `${name}: there is no limit of memory`);
    say(resources?.limits?.["cpu"] !== undefined, `${name}: there is a limit of CPU`);
    say(imagePullPolicy === undefined, `${name}: imagePullPolicy is left to the tag`);
  }
  return faults;
}
