import { bundleManifests, type Manifest } from "../bundle/files.ts";
import { plainYaml, yamlText } from "../bundle/yaml.ts";
import type { Config } from "../config/config.ts";
import { checkConfig } from "../config/read-config.ts";
import { VERSION } from "../version.ts";
import { fillCollections } from "./collections.ts";
import { conditionalText } from "./conditional-text.ts";
import { EXTRAS } from "./extras.ts";
import { HELPERS, NOTES } from "./helpers.ts";
import { base, type Change, OPTIONS, type Option } from "./options.ts";
import { fillPlaceholders, placeholder, withPlaceholders } from "./placeholders.ts";
import { valuesSchema, valuesYaml } from "./values.ts";

/**
 * The Helm chart, by file. Its templates are not written but derived: the manifests are synthesized with placeholders for values, once
 * plainly and once for each option, and what differs becomes a condition. So a chart and plain manifests cannot drift apart.
 */
export function helmChart(): ReadonlyMap<string, string> {
  const config = base(withPlaceholders(checkConfig({})));
  const templates = new Map<string, string>();
  const blocks: string[] = [];
  for (const object of objectsOf(config)) {
    const isPolicy = object.kind === "NetworkPolicy";
    const text = template(config, (one) => one, object, OPTIONS);
    const { rest, block } = withChecksums(object, text);
    if (block !== undefined) blocks.push(block);
    templates.set(fileName(object), isPolicy ? guarded(".Values.networkPolicies.enabled", rest) : rest);
  }
  for (const { kind, name = "", when, change, options } of EXTRAS) {
    const object = objectsOf(change(config)).find((one) => one.kind === kind && one.metadata.name.endsWith(name));
    if (object === undefined) throw new Error(`nothing makes a ${kind}`);
    templates.set(fileName(object), guarded(when, template(config, change, object, options)));
  }
  return new Map([
    ["Chart.yaml", yamlText(CHART)],
    ["values.yaml", valuesYaml()],
    ["values.schema.json", `${JSON.stringify(valuesSchema(), null, 2)}\n`],
    ["templates/_helpers.tpl", [HELPERS, ...blocks].join("\n")],
    ["templates/NOTES.txt", NOTES],
    ...[...templates].sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

const CHART = {
  apiVersion: "v2",
  name: "count",
  description:
    "Counts how often every API method and path was called, per service and day, exactly, in a PostgreSQL of yours.",
  type: "application",
  version: VERSION,
  appVersion: VERSION,
  kubeVersion: ">=1.27.0-0",
};

function objectsOf(config: Config): Manifest[] {
  return [...bundleManifests(config).values()].flat();
}

function template(config: Config, change: Change, object: Manifest, options: readonly Option[]): string {
  const textOf = (of: Config) => {
    const found = objectsOf(of).find((one) => isSame(one, object));
    if (found === undefined) throw new Error(`an option takes away ${object.kind} ${object.metadata.name}`);
    // Before anything is compared: a checksum differs wherever anything does.
    return plainYaml(found)
      .replace(/(?<=checksum\/config: )[0-9a-f]{64}/, "zq-checksum")
      .replace(/(?<=-migrate-)[0-9a-f]{10}/, "zq-hash")
      .replace(`  namespace: ${String(placeholder("namespace"))}\n`, "")
      .replaceAll("{{", '{{ "{{" }}')
      .trimEnd();
  };
  const own = change(config);
  const groups = options.map((cases) => cases.map((one) => ({ when: one.when, text: textOf(one.change(own)) })));
  const text = fillPlaceholders(fillCollections(conditionalText(textOf(own), groups)));
  return `${text
    .replace("zq-checksum", '{{ include "count.checksum" (include "count.serverConfig" .) }}')
    .replace("zq-hash", '{{ include "count.checksum" (include "count.migrateSpec" .) | trunc 10 }}')}\n`;
}

/** The same object, of another configuration; a Job's name ends with what is in it. */
function isSame(one: Manifest, other: Manifest): boolean {
  const nameOf = ({ kind, metadata }: Manifest) =>
    kind === "Job" ? metadata.name.replace(/[0-9a-f]{10}$/, "") : metadata.name;
  return one.kind === other.kind && nameOf(one) === nameOf(other);
}

/** Parts of which there are checksums are templates of their own. */
function withChecksums({ kind }: Manifest, text: string): { rest: string; block?: string } {
  const [field, name] =
    kind === "ConfigMap" ? ["data", "count.serverConfig"] : kind === "Job" ? ["spec", "count.migrateSpec"] : [];
  if (field === undefined) return { rest: text };
  const start = text.indexOf(`\n${field}:\n`) + 1;
  const body = text
    .slice(start + field.length + 2)
    .replace(/^ {2}/gm, "")
    .replace(/nindent (\d+)/g, (_all, by: string) => `nindent ${Number(by) - 2}`);
  return {
    rest: `${text.slice(0, start)}${field}:\n  {{- include "${name ?? ""}" . | nindent 2 }}\n`,
    block: `{{- define "${name ?? ""}" -}}\n${body.trimEnd()}\n{{- end }}\n`,
  };
}

function guarded(when: string, text: string): string {
  return `{{- if ${when} }}\n${text}{{- end }}\n`;
}

/** `templates/service-headless.yaml`: kind, and what comes after the bundle's name. */
function fileName({ kind, metadata }: Manifest): string {
  const suffix = metadata.name.slice(String(placeholder("name")).length).replace(/-[0-9a-f]{10}$/, "");
  return `templates/${kind.toLowerCase()}${suffix}.yaml`;
}
