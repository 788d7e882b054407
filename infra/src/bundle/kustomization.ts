import type { Config } from "../config/config.ts";

/** The kustomization of a bundle's folder, to be applied or to be the base of a team's overlay. */
export function kustomization(_config: Config, resources: readonly string[]): object {
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources,
    configurations: ["name-references.yaml"],
  };
}

/**
 * Where an object names a Service that kustomize does not know of: an overlay's namePrefix and nameSuffix rename these too.
 * The value of such a variable is the Service's name and nothing else.
 */
export function nameReferences({ database }: Config): object {
  const pods = ["Deployment", "Job", "StatefulSet"];
  return {
    nameReference: [
      {
        kind: "Service",
        version: "v1",
        fieldSpecs: [
          { kind: "CronJob", path: "spec/jobTemplate/spec/template/spec/containers/env/value" },
          // Not with the PostgreSQL inside: its variables are no Services, though one has the same value.
          ...(database.kind === "cockroachdb"
            ? pods.map((kind) => ({ kind, path: "spec/template/spec/containers/env/value" }))
            : []),
          { kind: "HTTPRoute", path: "spec/rules/backendRefs/name" },
        ],
      },
    ],
  };
}
