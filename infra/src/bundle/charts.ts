import { agentComponent } from "../agent/component.ts";
import { configJsonSchema } from "../config/json-schema.ts";
import { checkConfig } from "../config/read-config.ts";
import { helmChart } from "../helm/chart.ts";
import { dashboardJson } from "../monitoring/dashboard/dashboard.ts";
import { bundleFiles } from "./files.ts";
import { PROFILES } from "./profiles.ts";
import { plainYaml } from "./yaml.ts";

/** Everything in `charts/`, by folder and file: what `npm run synth` writes without arguments. */
export function charts(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const profiles = PROFILES.map(({ name, about, config }): [string, ReadonlyMap<string, string>] => {
    const source = [
      "# yaml-language-server: $schema=../config.schema.json",
      `# ${about} The configuration that this folder was made from: copy it to make your own,`,
      "# npm run synth -- --config config.yaml --out DIR",
      plainYaml(config),
    ].join("\n");
    return [name, new Map([...bundleFiles(checkConfig(config)), ["config.yaml", source]])];
  });
  return new Map([
    [
      "",
      new Map([
        ["config.schema.json", `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
        ["README.md", readme()],
      ]),
    ],
    ...profiles,
    ["components/agent", agentComponent()],
    ["dashboards", new Map([["count.json", dashboardJson()]])],
    ["helm/count", helmChart()],
  ]);
}

function readme(): string {
  const rows = PROFILES.map(({ name, about }) => `| [\`${name}\`](${name}/NEXT-STEPS.md) | ${about} |`);
  return `# The bundles of Count

Written by \`npm run synth\`; [\`infra/\`](../infra/README.md) makes them, and a bundle of your own configuration. Each has a file with what to do.

| folder | what it is |
| --- | --- |
${rows.join("\n")}
| [\`helm/count\`](helm/count/values.yaml) | The same as \`postgres\`, as a Helm chart: \`helm install count charts/helm/count\`. |
| [\`dashboards/count.json\`](dashboards/count.json) | The Grafana dashboard, to be imported; \`monitoring.dashboard\` of a configuration makes a ConfigMap of it. |
| [\`components/agent\`](components/agent/README.md) | A kustomize component: the \`count agent\` as a sidecar of your own workloads. |

[\`config.schema.json\`](config.schema.json) has every field of a configuration, with its default and what follows from it. Kubernetes 1.27 or newer,
and 1.29 for the agent. Every pod passes the Pod Security Standard \`restricted\`.
`;
}
