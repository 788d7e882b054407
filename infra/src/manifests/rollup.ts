import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { imageName } from "../config/images.ts";
import { clientToken } from "./auth.ts";
import type { Bundle } from "./bundle.ts";
import { podTemplate, serviceAccount } from "./pod.ts";
import { clientTls } from "./tls.ts";

/**
 * The nightly roll-up. Kubernetes may run it twice or not at all; each run closes every day before today that has something
 * pending, and closing one twice adds nothing.
 */
export function rollupCronJob(chart: Chart, bundle: Bundle): void {
  const { images, rollup, server } = bundle.config;
  const tls = clientTls(bundle);
  const token = clientToken(bundle);
  new k8s.KubeServiceAccount(chart, "rollup-account", serviceAccount(bundle, "rollup", bundle.name("rollup")));
  new k8s.KubeCronJob(chart, "rollup", {
    metadata: bundle.metadata("rollup", bundle.name("rollup")),
    spec: {
      schedule: rollup.schedule,
      timeZone: "Etc/UTC",
      suspend: rollup.suspend,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: rollup.startingDeadlineSeconds,
      successfulJobsHistoryLimit: rollup.successfulJobsHistoryLimit,
      failedJobsHistoryLimit: rollup.failedJobsHistoryLimit,
      jobTemplate: {
        metadata: { labels: bundle.labels("rollup") },
        spec: {
          backoffLimit: rollup.backoffLimit,
          activeDeadlineSeconds: rollup.deadlineSeconds,
          template: podTemplate(bundle, {
            component: "rollup",
            serviceAccountName: bundle.name("rollup"),
            restartPolicy: "Never",
            placement: server.placement,
            containers: [
              {
                name: "rollup",
                image: imageName(images.count),
                args: ["rollup", `--since-year=${rollup.sinceYear}`, ...tls.args],
                // The Service's name and nothing else, so that kustomize renames it with the Service; the port is the default.
                env: [
                  { name: "COUNT_SERVER", value: bundle.name() },
                  ...Object.entries(token.env).map(([name, value]) => ({ name, value })),
                ],
                mounts: [...tls.mounts, ...token.mounts],
                resources: rollup.resources,
              },
            ],
            volumes: [...tls.volumes, ...token.volumes],
          }),
        },
      },
    },
  });
}
