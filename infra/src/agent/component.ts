import { plainYaml, yamlText } from "../bundle/yaml.ts";
import { agentParts } from "./sidecar.ts";

/** Objects with this label get the agent. */
const SELECTOR = "count-agent=true";

/** The kustomize component that adds the agent to a team's own workloads, by file. */
export function agentComponent(): ReadonlyMap<string, string> {
  const { container, volumes, labels } = agentParts();
  const template = { metadata: { labels }, spec: { initContainers: [container], volumes } };
  const patch = (apiVersion: string, kind: string, spec: object) => ({
    target: { kind, labelSelector: SELECTOR },
    patch: plainYaml({ apiVersion, kind, metadata: { name: "any" }, spec }),
  });
  return new Map([
    [
      "kustomization.yaml",
      yamlText({
        apiVersion: "kustomize.config.k8s.io/v1alpha1",
        kind: "Component",
        patches: [
          ...["Deployment", "StatefulSet", "DaemonSet"].map((kind) => patch("apps/v1", kind, { template })),
          patch("batch/v1", "Job", { template }),
          patch("batch/v1", "CronJob", { jobTemplate: { spec: { template } } }),
        ],
      }),
    ],
    ["README.md", README],
  ]);
}

const README = `# The \`count agent\` beside your application

A kustomize component. In the kustomization of your application:

\`\`\`yaml
components:
  - PATH/charts/components/agent
\`\`\`

Every Deployment, StatefulSet, DaemonSet, Job and CronJob with the label \`${SELECTOR}\` (on the object itself) gets the agent as a native
sidecar: it starts before your containers, stops after them, and lets a Job complete. That needs Kubernetes 1.29, or 1.28 with the feature
gate SidecarContainers. The application counts at \`127.0.0.1:7778\` (\`Add\` and \`Record\` of count.v1), and gets its answer when the
request is in the agent's queue on disk. The agent delivers to \`dns:///count-headless.count.svc:7777\`, the bundle \`count\` in the
namespace \`count\`. Everything else is a variable of the agent (\`count agent --help\`), set by a patch of yours:

\`\`\`yaml
patches:
  - target: {kind: Deployment, labelSelector: ${SELECTOR}}
    patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: any}
      spec:
        template:
          spec:
            initContainers:
              - name: count-agent
                image: registry.example.org/count-server:0.1.0
                env:
                  - {name: COUNT_SERVER, value: "dns:///count-headless.other.svc:7777"}
                  - {name: COUNT_AGENT_SERVICE, value: shop}
\`\`\`

Without changing the application: \`COUNT_AGENT_UPSTREAM=http://127.0.0.1:8080\` and \`COUNT_AGENT_PROXY_LISTEN=:7779\` make a reverse proxy of
the agent, which counts what passes; point your Service at port 7779.

Where the servers ask who calls (\`auth\` of the bundle's configuration), the agent needs a token with the scope \`record\`, from a Secret of the
application's namespace:

\`\`\`yaml
            initContainers:
              - name: count-agent
                env:
                  - {name: COUNT_AGENT_TOKEN_FILE, value: /etc/count-agent/token/token}
                volumeMounts:
                  - {name: count-agent-token, mountPath: /etc/count-agent/token, readOnly: true}
            volumes:
              - {name: count-agent-token, secret: {secretName: shop-count-token}}
\`\`\`

Traces of the agent, like those of the servers, are asked for by OpenTelemetry's variables, such as \`OTEL_EXPORTER_OTLP_ENDPOINT\`.

The queue is a folder of the pod (\`emptyDir\`): it survives the agent's restart and not the pod's end. A pod that stops lets the agent deliver
what waits, for 20 seconds (\`COUNT_AGENT_DRAIN_TIMEOUT_MS\`) and within the pod's grace period, the time of your own containers included.

In cdk8s: \`DeploymentWithAgent\` and \`withAgent\` of \`@count/infra\`.
`;
