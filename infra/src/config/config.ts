import { z } from "zod";
import { database } from "./database.ts";
import { images } from "./images.ts";
import { auth, http, monitoring, networkPolicies, tls } from "./surroundings.ts";
import { tracing } from "./tracing.ts";
import { annotationMap, dnsLabel, labelMap } from "./values.ts";
import { migration, rollup, server } from "./workloads.ts";

/** The configuration of a bundle: every field has a default, and what it means is said beside it. */
export const configSchema = z
  .strictObject({
    name: dnsLabel(30)
      .default("count")
      .describe(
        "Name of the bundle: of its Services and Deployment, and the beginning of every other name. Default count. It cannot be changed later: another name is another bundle.",
      ),
    namespace: dnsLabel(63)
      .optional()
      .describe(
        "Namespace of every object. Default: none, so that kubectl or kustomize decides. With certificates from cert-manager it is needed.",
      ),
    labels: labelMap.default({}).describe("Labels of every object and pod, beside the bundle's own. Default: none."),
    annotations: annotationMap.default({}).describe("Annotations of every object. Default: none."),
    images,
    server,
    database,
    migration,
    rollup,
    tls,
    auth,
    networkPolicies,
    monitoring,
    tracing,
    http,
  })
  .superRefine((config, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    for (const key of Object.keys(config.labels)) {
      if (key.startsWith("app.kubernetes.io/"))
        refuse(["labels", key], "expected another key: the bundle sets app.kubernetes.io/ itself");
    }
    if (config.database.kind === "inside" && (config.server.replicas ?? 1) !== 1) {
      refuse(
        ["server", "replicas"],
        "expected 1, since the PostgreSQL of database.kind inside is in the server's own pod",
      );
    }
    if (config.database.kind === "inside" && config.server.autoscaling !== undefined) {
      refuse(
        ["server", "autoscaling"],
        "expected nothing, since the PostgreSQL of database.kind inside is in the server's own pod",
      );
    }
    if (config.namespace === undefined && usesCertManager(config)) {
      refuse(["namespace"], "expected a namespace, since certificates from cert-manager name it");
    }
  });

function usesCertManager({
  tls: { mode },
  database: of,
}: {
  tls: { mode: string };
  database: z.output<typeof database>;
}): boolean {
  return mode === "cert-manager" || (of.kind === "cockroachdb" && of.certificates.from === "cert-manager");
}

/** A configuration as a team writes it. */
export type ConfigInput = z.input<typeof configSchema>;
/** The same, complete. */
export type Config = z.output<typeof configSchema>;
