import type { Config } from "../config/config.ts";
import { imageName } from "../config/images.ts";
import { secretSteps } from "./secret-steps.ts";

/** What to do before and after applying a bundle, with the names of this configuration. */
export function nextSteps(config: Config): string {
  const { name, namespace = "count", database } = config;
  const workload = database.kind === "inside" ? `statefulset/${name}` : `deployment/${name}`;
  const parts = [
    `# ${name}: next steps`,
    `Everything is applied at once, in any order and as often as you like; what waits for something else goes on when it is there.\n` +
      `The image is \`${imageName(config.images.count)}\`, built from the Dockerfile of this repository: push it to a registry of yours, or load it into kind with \`kind load docker-image\`.`,
    "## 1. A namespace",
    code(
      `kubectl create namespace ${namespace}`,
      `kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=restricted`,
    ),
    ...numbered([...secretSteps(config), applySteps(namespace, workload)]),
    "## Then",
    thenSteps(config),
  ];
  return `${parts.join("\n\n")}\n`;
}

function numbered(steps: readonly { readonly title: string; readonly text: string }[]): string[] {
  return steps.flatMap(({ title, text }, at) => [`## ${at + 2}. ${title}`, text]);
}

function applySteps(namespace: string, workload: string) {
  return {
    title: "Apply",
    text: [
      code(
        `kubectl apply --namespace ${namespace} -k .`,
        `kubectl rollout status --namespace ${namespace} ${workload} --timeout 10m`,
      ),
      "A second `apply` changes nothing.",
    ].join("\n\n"),
  };
}

function thenSteps(config: Config): string {
  const { name, namespace = "count", database, tls, auth, networkPolicies, monitoring, server } = config;
  const first = database.kind === "inside" ? `statefulset/${name}` : `deployment/${name}`;
  const left = [
    "the Secrets",
    ...(database.kind === "external"
      ? ["the database"]
      : ["the volumes (delete their PersistentVolumeClaims, and the counts are gone)"]),
    ...(database.kind === "inside" ? [] : ["the Jobs of earlier versions"]),
  ];
  const lines = [
    `**Count.** Clients connect to \`dns:///${name}-headless.${namespace}.svc:7777\` and balance by themselves (round robin), or to \`${name}.${namespace}.svc:7777\`${tls.mode === "off" ? " in plain text" : " with TLS"}.` +
      (networkPolicies.enabled
        ? ` NetworkPolicies let in only the clients that the configuration names (\`networkPolicies.clients\`); by default their pods need the label \`count-client: "true"\`.`
        : " There are no NetworkPolicies: every pod of the cluster can count and read."),
    `**Look.** \`kubectl exec${auth === undefined ? "" : " --stdin"} --namespace ${namespace} ${first} --container count -- count totals --pending${auth === undefined ? "" : " --token-file /dev/stdin <TOKEN"}\`${tls.mode === "off" ? "" : " with `--ca /etc/count/tls/ca.crt --server` and a name of the certificate"} shows what was counted. \`kubectl port-forward --namespace ${namespace} ${first} 7779\` brings the page to ${tls.mode === "off" ? "http" : "https"}://127.0.0.1:7779/; \`http.ingress\` or \`http.route\` of the configuration bring it to people.`,
    `**Close days now.** \`kubectl create job --namespace ${namespace} --from=cronjob/${name}-rollup ${name}-rollup-now\`. The CronJob does it every night, and makes up for nights that it missed.`,
    database.kind === "inside"
      ? "**What this is not.** One server with its PostgreSQL in the same pod and one volume: an update interrupts it, and a lost volume is lost data. The database listens on no port and trusts who is in the pod; there is no password. For more than trying out, use a database of yours (profile `postgres`)."
      : `**Updates.** Change the image or the configuration, run \`npm run synth\` again and apply: the migration Job has another name, so that it runs again; the old servers go on until the schema is new, and those that wait for it are alive and not ready. Finished Jobs stay as a record; \`kubectl delete job --namespace ${namespace} --selector app.kubernetes.io/component=migrate,app.kubernetes.io/instance=${name} --field-selector status.successful=1\` removes those that succeeded. In a kustomize overlay, a patch that changes the migration's pod (\`images\` does) has to rename the Job too, since Kubernetes lets no Job be changed.`,
    ...(database.kind === "cockroachdb" ? [upgradeSteps(name, namespace)] : []),
    `**When it does not start.** \`kubectl logs --namespace ${namespace} ${first} --container count\`${database.kind === "inside" ? "" : `, and \`kubectl logs --namespace ${namespace} --selector app.kubernetes.io/component=migrate,app.kubernetes.io/instance=${name}\``}. A pod in CreateContainerConfigError or ContainerCreating waits for a Secret; \`kubectl describe pod\` names it.${database.kind === "inside" ? "" : " A migration that was told something wrong fails at once, and runs again when what it is told is different: correct the configuration, or the Secret together with `database.secretRevision`."}`,
    ...(monitoring.serviceMonitor === undefined
      ? [
          `**Watch.** Metrics are on port 7780, \`/metrics\`; \`monitoring.serviceMonitor\`, \`monitoring.alerts\` and \`monitoring.dashboard\` of the configuration add a ServiceMonitor, alert rules and a Grafana dashboard.`,
        ]
      : []),
    ...(config.tracing === undefined
      ? []
      : [
          `**Traces** go to \`${config.tracing.host}:${config.tracing.port}\`; when none arrive there, the servers' logs and \`count_trace_export_failures_total\` say why.`,
        ]),
    ...(server.autoscaling === undefined
      ? []
      : [
          "**Autoscaling** needs a metrics server, and a database that takes `dbPoolSize` connections for each of `maxReplicas`.",
        ]),
    `**Remove.** \`kubectl delete --namespace ${namespace} --ignore-not-found -k .\` leaves ${left.join(", ")}.`,
  ];
  return lines.join("\n\n");
}

function upgradeSteps(name: string, namespace: string): string {
  const nodes = `${name}-cockroachdb`;
  const fromSecret = (key: string, file: string) =>
    `kubectl get secret --namespace ${namespace} ${nodes}-root --output go-template='{{index .data "${key}" | base64decode}}' >admin/${file}`;
  return [
    "**Upgrade CockroachDB** one release at a time: back up, change `images.cockroachdb`, synthesize and apply. One node after the other drains, stops within its 300 seconds and comes back; Count tries again meanwhile. The cluster finalizes the upgrade by itself once every node runs the new release, and there is no way back then; to decide that later, first `set cluster setting cluster.preserve_downgrade_option` to the release that runs, and `reset` it in the end.",
    "**Statements of an administrator,** with a `cockroach` on your machine and root's certificate:",
    code(
      "mkdir -m 700 admin",
      fromSecret("ca.crt", "ca.crt"),
      fromSecret("tls.crt", "client.root.crt"),
      fromSecret("tls.key", "client.root.key"),
      "chmod 600 admin/client.root.key",
      `kubectl port-forward --namespace ${namespace} service/${nodes}-public 26257 &`,
      "cockroach sql --certs-dir=admin --host=127.0.0.1",
    ),
    "**A node's volume** fills up for good: watch it, and make it larger before 80 %. **More nodes** by `kubectl scale` of the StatefulSet; before fewer, decommission the last ones with `cockroach node decommission`.",
  ].join("\n\n");
}

function code(...lines: string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}
