import type { Chart } from "cdk8s";
import type { Bundle } from "../bundle.ts";
import { certificateBootstrap } from "./bootstrap.ts";
import { cockroachCertificates } from "./cert-manager.ts";
import { cockroachInitJob } from "./init-job.ts";
import { cockroachNodes } from "./nodes.ts";

/** The CockroachDB of a bundle, where it has one. */
export function cockroachdb(chart: Chart, bundle: Bundle): void {
  const { database } = bundle.config;
  if (database.kind !== "cockroachdb") return;
  cockroachNodes(chart, bundle, database);
  cockroachInitJob(chart, bundle, database);
}

/** Where its certificates come from, unless a team makes them itself. */
export function cockroachdbCertificates(chart: Chart, bundle: Bundle): void {
  const { database } = bundle.config;
  if (database.kind !== "cockroachdb") return;
  if (database.certificates.from === "cert-manager")
    cockroachCertificates(chart, bundle, database.certificates.issuerRef);
  if (database.certificates.from === "bootstrap") certificateBootstrap(chart, bundle);
}
