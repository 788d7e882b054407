import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { imageName } from "../config/images.ts";
import type { Bundle } from "./bundle.ts";
import { checksum } from "./canonical.ts";
import { databaseAccess } from "./database-access.ts";
import { migrationsChecksum } from "./migrations-checksum.ts";
import { podTemplate, serviceAccount } from "./pod.ts";

/** What `count migrate` ends with when trying again is no use: wrong usage, and a wrong configuration. A test compares them with the command's. */
export const FINAL_EXIT_CODES = [2, 78];

/** Letters of the checksum in the Job's name: 10^12 of them make a name that is used twice as good as impossible. */
const HASH_LENGTH = 10;

/**
 * The migration. A Job cannot be changed (kubernetes#89657), so each content has a Job of its own: the name holds a checksum of
 * the pod, image and migrations included. Without a TTL, which would make GitOps tools run it again (argo-cd#8586).
 */
export function migrationJob(chart: Chart, bundle: Bundle): void {
  const spec = migrationSpec(bundle);
  new k8s.KubeServiceAccount(chart, "migrate-account", serviceAccount(bundle, "migrate", bundle.name("migrate")));
  new k8s.KubeJob(chart, "migrate", {
    metadata: bundle.metadata("migrate", bundle.name(`migrate-${contentHash(k8s.toJson_JobSpec(spec))}`)),
    spec,
  });
}

/** The end of a Job's name. */
export function contentHash(spec: unknown): string {
  return checksum(spec).slice(0, HASH_LENGTH);
}

function migrationSpec(bundle: Bundle): k8s.JobSpec {
  const { images, migration, server } = bundle.config;
  const access = databaseAccess(bundle, "migrate");
  return {
    backoffLimit: migration.backoffLimit,
    activeDeadlineSeconds: migration.deadlineSeconds,
    podFailurePolicy: failAtOnce("migrate"),
    template: podTemplate(bundle, {
      component: "migrate",
      serviceAccountName: bundle.name("migrate"),
      restartPolicy: "Never",
      placement: server.placement,
      annotations: { "checksum/migrations": migrationsChecksum(), ...access.annotations },
      containers: [
        {
          name: "migrate",
          image: imageName(images.count),
          args: ["migrate"],
          env: [{ name: "COUNT_MIGRATE_WAIT_MS", value: String(migration.waitSeconds * 1_000) }, ...access.env],
          mounts: access.mounts,
          resources: migration.resources,
        },
      ],
      volumes: access.volumes,
    }),
  };
}

/** Fails a Job at once where trying again is no use, and counts no try that a drained node cut short. */
function failAtOnce(containerName: string): k8s.PodFailurePolicy {
  return {
    rules: [
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      {
        action: "FailJob",
        onExitCodes: { containerName, operator: "In", values: FINAL_EXIT_CODES },
        // Kubernetes 1.27 takes an empty list for none, and its schema asks for it.
        onPodConditions: [],
      },
    ],
  };
}
