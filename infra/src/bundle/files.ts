import { App, Chart } from "cdk8s";
import type { Config } from "../config/config.ts";
import { Bundle } from "../manifests/bundle.ts";
import { cockroachdb, cockroachdbCertificates } from "../manifests/cockroachdb/cockroachdb.ts";
import { exposure } from "../manifests/exposure.ts";
import { migrationJob } from "../manifests/migrate.ts";
import { monitoring } from "../manifests/monitoring.ts";
import { networkPolicies } from "../manifests/network-policies.ts";
import { rollupCronJob } from "../manifests/rollup.ts";
import { serverWorkload } from "../manifests/server.ts";
import { services } from "../manifests/services.ts";
import { serverCertificate } from "../manifests/tls.ts";
import { kustomization, nameReferences } from "./kustomization.ts";
import { nextSteps } from "./next-steps.ts";
import { manifestText, yamlText } from "./yaml.ts";

/** A Kubernetes object as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The objects of a bundle, by the file that they go to. The same configuration always gives the same objects. */
export function bundleManifests(config: Config): ReadonlyMap<string, readonly Manifest[]> {
  const app = new App();
  const bundle = new Bundle(config);
  const file = (name: string, ...parts: ((chart: Chart, bundle: Bundle) => void)[]) => {
    const chart = new Chart(app, name, { disableResourceNameHashes: true });
    for (const part of parts) part(chart, bundle);
  };
  file("certificates", cockroachdbCertificates);
  file("database", cockroachdb);
  if (config.database.kind !== "inside") file("migrate", migrationJob);
  file("network-policies", networkPolicies);
  file("rollup", rollupCronJob);
  file("server", serverWorkload, serverCertificate);
  file("services", services);
  file("exposure", exposure);
  file("monitoring", monitoring);
  const files = app.charts.map((chart) => [chart.node.id, chart.toJson() as Manifest[]] as const);
  return new Map(files.filter(([, objects]) => objects.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every file of a bundle's folder, by its name. */
export function bundleFiles(config: Config): ReadonlyMap<string, string> {
  const manifests = bundleManifests(config);
  const names = [...manifests.keys()].map((name) => `${name}.yaml`);
  return new Map([
    ...[...manifests].map(([name, objects]) => [`${name}.yaml`, manifestText(objects)] as const),
    ["kustomization.yaml", yamlText(kustomization(config, names))],
    ["name-references.yaml", yamlText(nameReferences(config))],
    ["NEXT-STEPS.md", nextSteps(config)],
  ]);
}
