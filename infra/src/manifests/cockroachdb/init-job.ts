import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { CockroachDb } from "../../config/database.ts";
import { imageName } from "../../config/images.ts";
import type { Bundle } from "../bundle.ts";
import { contentHash } from "../migrate.ts";
import { podTemplate, serviceAccount } from "../pod.ts";
import {
  CERTIFICATE_MOUNT,
  CERTIFICATES,
  COCKROACH,
  COCKROACH_USER,
  certificateVolume,
  FIRST_NODE,
  nodesVariable,
} from "./names.ts";

/**
 * Makes a cluster of the nodes, and in it the database, the role of Count and what the cluster has to know. Each step may be
 * repeated, and what cannot be done yet is tried again until the Job's deadline. $1 is the program, which tests replace.
 */
export const INIT_SCRIPT = `set -u
cockroach=$1 host=$2 certificates=$3
again() { echo "$1; trying again in \${RETRY_SECONDS:-3} s" >&2; sleep "\${RETRY_SECONDS:-3}"; }
until said=$("$cockroach" init --host="$host" --certs-dir="$certificates" 2>&1); do
  case $said in *"already been initialized"*) break ;; esac
  again "init: $said"
done
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }
statements() {
  echo "create database if not exists count;"
  echo "create user if not exists count;"
  echo "alter database count owner to count;"
  # A node that stops says so before it refuses connections, so that the Service notices.
  echo "set cluster setting server.shutdown.initial_wait = '10s';"
  if [ -n "\${LICENCE_ORGANIZATION:-}" ]; then echo "set cluster setting cluster.organization = $(quoted "$LICENCE_ORGANIZATION");"; fi
  if [ -n "\${LICENCE:-}" ]; then echo "set cluster setting enterprise.license = $(quoted "$LICENCE");"; fi
}
# By standard input: what a program is given as an argument can be seen by others.
until said=$(statements | "$cockroach" sql --host="$host" --certs-dir="$certificates" --set=errexit=true 2>&1); do
  again "sql: $(printf %s "$said" | head -n 3)"
done
echo "The cluster is initialized."
`;

/** Named by its content, as the migration is, so that a new licence has a Job of its own. */
export function cockroachInitJob(chart: Chart, bundle: Bundle, { licenceSecret, secretRevision }: CockroachDb): void {
  const account = bundle.name("cockroachdb-init");
  const spec: k8s.JobSpec = {
    backoffLimit: 20,
    activeDeadlineSeconds: 3_600,
    template: podTemplate(bundle, {
      component: "database-init",
      serviceAccountName: account,
      user: COCKROACH_USER,
      restartPolicy: "Never",
      placement: bundle.config.server.placement,
      annotations: { "count/database-secret-revision": secretRevision },
      containers: [
        {
          name: "init",
          image: imageName(bundle.config.images.cockroachdb),
          command: ["/bin/bash", "-c", INIT_SCRIPT, "init"],
          args: [COCKROACH, FIRST_NODE, CERTIFICATES],
          env: [
            nodesVariable(bundle),
            ...(licenceSecret === undefined
              ? []
              : [
                  {
                    name: "LICENCE",
                    valueFrom: { secretKeyRef: { name: licenceSecret.name, key: licenceSecret.key } },
                  },
                ]),
            ...(licenceSecret?.organization === undefined
              ? []
              : [{ name: "LICENCE_ORGANIZATION", value: licenceSecret.organization }]),
          ],
          mounts: [CERTIFICATE_MOUNT],
          resources: { cpu: "50m", memory: "128Mi", memoryLimit: "512Mi" },
        },
      ],
      volumes: [certificateVolume(bundle, "root")],
    }),
  };
  new k8s.KubeServiceAccount(chart, "init-account", serviceAccount(bundle, "database-init", account));
  new k8s.KubeJob(chart, "init", {
    metadata: bundle.metadata(
      "database-init",
      bundle.name(`cockroachdb-init-${contentHash(k8s.toJson_JobSpec(spec))}`),
    ),
    spec,
  });
}
