import { beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { agentComponent } from "../../src/agent/component.ts";
import { withAgent } from "../../src/agent/deployment-with-agent.ts";
import { GO_LIMIT_MS, withoutGo } from "../support/go.ts";
import { kubernetesValidator, type Validator } from "../support/kubernetes-schemas.ts";
import { find, objectsOf } from "../support/objects.ts";
import { VARIANTS } from "../support/variants.ts";

/** The oldest that a bundle supports, and the newest that there is. */
const VERSIONS = ["v1.27.16", "v1.37.2"];

const within = withoutGo === undefined ? describe : describe.skip;

within.each(VERSIONS)(`the schema of Kubernetes %s${withoutGo === undefined ? "" : ` (${withoutGo})`}`, (version) => {
  let faultsOf: Validator;
  beforeAll(async () => {
    faultsOf = await kubernetesValidator(version);
  }, GO_LIMIT_MS);

  test.each(VARIANTS)("has every field of %s", (_name, config) => {
    const faults = objectsOf(config).map((object) => [`${object.kind} ${object.metadata.name}`, faultsOf(object)]);
    expect(faults.filter(([, found]) => found!.length > 0)).toEqual([]);
  });

  test("refuses a field that it does not know, a wrong type and a field that is missing", () => {
    const deployment = find(objectsOf(), "Deployment", "count") as unknown as { spec: object };
    const changed = {
      ...deployment,
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: { ...deployment.spec, replicas: "two", replicass: 2, selector: undefined },
    };
    expect(faultsOf(JSON.parse(JSON.stringify(changed)) as typeof changed)).toEqual([
      expect.stringContaining("must have required property 'selector'"),
      expect.stringContaining('must NOT have additional properties {"additionalProperty":"replicass"}'),
      expect.stringContaining("/spec/replicas: must be integer"),
    ]);
    expect(faultsOf({ apiVersion: "apps/v1", kind: "Deploiment" })).toEqual([`${version} has no apps/v1 Deploiment`]);
  });

  test(
    version === VERSIONS[0]
      ? "has no native sidecar yet, which the agent needs"
      : "has every field of a pod with the agent",
    () => {
      const deployment = find(objectsOf(), "Deployment", "count") as unknown as {
        spec: { template: Parameters<typeof withAgent>[0] };
      };
      const withSidecar = {
        ...deployment,
        apiVersion: "apps/v1",
        kind: "Deployment",
        spec: { ...deployment.spec, template: withAgent(deployment.spec.template) },
      };
      expect(faultsOf(withSidecar)).toEqual(
        version === VERSIONS[0] ? [expect.stringContaining('{"additionalProperty":"restartPolicy"}')] : [],
      );
    },
  );
});

test("the component of kustomize has the agent in a patch for every kind of workload", () => {
  const { patches } = parse(agentComponent().get("kustomization.yaml") ?? "") as {
    patches: { target: { kind: string }; patch: string }[];
  };
  expect(patches.map(({ target }) => target.kind)).toEqual([
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
  ]);
  for (const { target, patch } of patches) {
    const { kind, spec } = parse(patch) as { kind: string; spec: object };
    expect([kind, JSON.stringify(spec).includes('"restartPolicy":"Always"')]).toEqual([target.kind, true]);
  }
});
