import { describe, expect, test } from "@jest/globals";
import { bundleManifests } from "../../src/bundle/files.ts";
import { checkConfig } from "../../src/config/read-config.ts";
import { houseFaults, restrictedFaults } from "../support/pod-security.ts";
import { type Pod, podsOf } from "../support/pods.ts";
import { VARIANTS } from "../support/variants.ts";

const objects = (config: unknown) => [...bundleManifests(checkConfig(config)).values()].flat();

describe("the pods of", () => {
  test.each(VARIANTS)("%s pass restricted, and the rules of this project", (_name, config) => {
    const pods = podsOf(objects(config));
    expect(pods.length).toBeGreaterThanOrEqual(2);
    const faults = pods.map(({ owner, template }) => [
      owner,
      [...restrictedFaults(template.spec), ...houseFaults(template.spec)],
    ]);
    expect(Object.fromEntries(faults)).toEqual(Object.fromEntries(pods.map(({ owner }) => [owner, []])));
  });

  test.each(VARIANTS)("%s have no token, but for the Job that makes Secrets", (_name, config) => {
    const withToken = podsOf(objects(config))
      .filter(({ template }) => JSON.stringify(template).includes("serviceAccountToken"))
      .map(({ owner }) => owner.replace(/-[0-9a-f]{10}$/, ""));
    expect(withToken).toEqual(isBootstrap(config) ? ["Job count-cockroachdb-certificates"] : []);
    const roles = objects(config).filter(({ apiVersion }) => apiVersion.startsWith("rbac."));
    expect(roles.map(({ kind }) => kind)).toEqual(isBootstrap(config) ? ["Role", "RoleBinding"] : []);
  });

  test.each(VARIANTS)("%s have an account of their own that exists", (_name, config) => {
    const all = objects(config);
    const accounts = all.filter(({ kind }) => kind === "ServiceAccount");
    expect(accounts.map((account) => account["automountServiceAccountToken"])).toEqual(accounts.map(() => false));
    const used = podsOf(all).map(({ template }) => template.spec.serviceAccountName ?? "");
    expect([...used].sort()).toEqual(accounts.map(({ metadata }) => metadata.name).sort());
  });
});

function isBootstrap(config: object): boolean {
  return JSON.stringify(config).includes("bootstrap");
}

describe("the checker", () => {
  const good = podsOf(objects({}))[0]!.template.spec;
  const container = good.containers[0]!;
  const withContext = (context: object): Pod => ({
    ...good,
    containers: [{ ...container, securityContext: { ...container.securityContext, ...context } }],
  });

  test.each<[string, Pod, string]>([
    ["the host's network", { ...good, hostNetwork: true }, "hostNetwork is on"],
    ["a folder of the host", { ...good, volumes: [{ name: "v", hostPath: {} }] }, "the volume v is hostPath"],
    ["root by the pod", { ...good, securityContext: { ...good.securityContext, runAsUser: 0 } }, "runAsUser is 0"],
    ["root by the container", withContext({ runAsNonRoot: false }), "runAsNonRoot is not true"],
    ["a privileged container", withContext({ privileged: true }), "privileged is on"],
    ["capabilities", withContext({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }), "capabilities.add has more"],
    ["capabilities that stay", withContext({ capabilities: {} }), "capabilities.drop lacks ALL"],
    ["escalation", withContext({ allowPrivilegeEscalation: undefined }), "allowPrivilegeEscalation is not false"],
    [
      "no seccomp",
      { ...good, securityContext: { ...good.securityContext, seccompProfile: { type: "Unconfined" } } },
      "seccompProfile is not",
    ],
    [
      "a port of the host",
      { ...good, containers: [{ ...container, ports: [{ containerPort: 1, hostPort: 1 }] }] },
      "a hostPort is used",
    ],
    ["SELinux options", withContext({ seLinuxOptions: {} }), "seLinuxOptions is set"],
  ])("refuses %s", (_name, pod, fault) => {
    expect(restrictedFaults(good)).toEqual([]);
    expect(restrictedFaults(pod)).toEqual([expect.stringContaining(fault)]);
  });
});
