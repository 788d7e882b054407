/**
 * Writes the catalogue of metrics, for people and for the dashboard and the alert rules, from what a server, an agent and a
 * client have: docs/metrics.md and infra/src/monitoring/metrics.ts. `npm run generate` builds first.
 */
import { writeFileSync } from "node:fs";
import { CLIENT_METRICS } from "../client/dist/statistics.js";
import { createAgentMetrics } from "../server/dist/agent/metrics.js";
import { createMetrics } from "../server/dist/observability/metrics.js";

const ours = ({ name }) => name.startsWith("count_");

function ofRegistry({ registry }) {
  return registry.getMetricsAsArray().map(({ name, type, help, labelNames = [] }) => ({
    name,
    type: String(type),
    help,
    // `le` belongs to a histogram as such.
    labels: labelNames.filter((label) => label !== "le"),
  }));
}

const server = ofRegistry(createMetrics({ version: "0" }));
const agent = ofRegistry(createAgentMetrics("0"));
const client = CLIENT_METRICS.map(({ name, type, help, label }) => ({
  name,
  type,
  help,
  labels: label === undefined ? [] : [label],
}));

function byName(metrics) {
  return [...metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function table(metrics) {
  const rows = byName(metrics).map(({ name, type, help, labels }) => {
    const of = labels.length === 0 ? "" : `{${labels.join(",")}}`;
    return `| \`${name}${of}\` | ${type} | ${help.replaceAll("|", "\\|")} |`;
  });
  return ["| metric | type | what it tells |", "| --- | --- | --- |", ...rows].join("\n");
}

const serverNames = new Set(server.map(({ name }) => name));
const alone = (metrics) => metrics.filter(({ name }) => !serverNames.has(name));
const shared = agent.filter((metric) => ours(metric) && serverNames.has(metric.name)).map(({ name }) => `\`${name}\``);

writeFileSync(
  new URL("../docs/metrics.md", import.meta.url),
  `# Metrics

Written by \`npm run generate\` from what a server, an agent and a client have. The dashboard
([charts/dashboards/count.json](../charts/dashboards/count.json)) and the alert rules use these names and no others;
[operations.md](operations.md) says what to do. A gauge that is a time is in seconds since 1970. "No sample" means that the
metric is absent then.

## Server

\`GET /metrics\` on the HTTP port of \`count serve\`.

${table(server.filter(ours))}

Beside them those of the Node.js process, \`process_…\` and \`nodejs_…\`.

## Agent

\`GET /metrics\` on the HTTP port of \`count agent\`; ${shared.join(", ")} and those of the process are as the server's.

${table(alone(agent.filter(ours)))}

## Client

\`counter.prometheus()\` of \`@count/client\`, as text to be added to the application's own metrics.

${table(client)}
`,
);

const names = new Map([...server, ...agent, ...client].map((metric) => [metric.name, metric]));
const entries = byName(names.values()).map(
  ({ name, type, labels, help }) =>
    `  ${name}: {\n    type: "${type}",\n    labels: ${JSON.stringify(labels)},\n    help: ${JSON.stringify(help)},\n  },`,
);
writeFileSync(
  new URL("../infra/src/monitoring/metrics.ts", import.meta.url),
  `/**
 * Every metric of a server, an agent and a client, with its labels and what it tells. Written by \`npm run generate\`: manifests are made without
 * anything that runs in them, and this is what they may know of it.
 */
// biome-ignore format: generated
export const METRICS = {
${entries.join("\n").replaceAll('","', '", "')}
} as const;
`,
);
