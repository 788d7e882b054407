import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { goModule } from "./go.ts";

interface Definition {
  type?: string | string[];
  format?: string;
  pattern?: string;
  properties?: Record<string, Definition>;
  additionalProperties?: Definition | boolean;
  items?: Definition;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** Where the definitions of kinds come from that Kubernetes itself has not, with the folder of their module. */
const CUSTOM = [
  ["sigs.k8s.io/gateway-api", "v1.2.1", "config/crd/standard", /_httproutes\.yaml$/],
  ["github.com/cert-manager/cert-manager", "v1.16.5", "deploy/crds", /crd-(?:certificates|issuers)\.yaml$/],
  [
    "github.com/prometheus-operator/prometheus-operator",
    "v0.79.2",
    "example/prometheus-operator-crd",
    /_(?:servicemonitors|prometheusrules)\.yaml$/,
  ],
] as const;

/** What an API server would say of an object's fields: unknown ones are faults too, as under `--validate=strict`. */
export type Validator = (object: { readonly apiVersion: string; readonly kind: string }) => string[];

/** @param version of Kubernetes, such as v1.27.16: its own OpenAPI document, from its Go module */
export async function kubernetesValidator(version: string): Promise<Validator> {
  const folder = await goModule("k8s.io/kubernetes", version);
  const { definitions } = JSON.parse(readFileSync(join(folder, "api/openapi-spec/swagger.json"), "utf8")) as {
    definitions: Record<string, Definition>;
  };
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  const kinds = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    tighten(definition);
    for (const { group, version: of, kind } of definition["x-kubernetes-group-version-kind"] ?? []) {
      kinds.set(`${group === "" ? "" : `${group}/`}${of} ${kind}`, name);
    }
  }
  ajv.addSchema({ $id: "kubernetes", definitions });
  for (const [key, schema] of await customKinds()) validators.set(key, ajv.compile(schema));
  return (object) => {
    const key = `${object.apiVersion} ${object.kind}`;
    const name = kinds.get(key);
    const validate =
      validators.get(key) ??
      (name === undefined ? undefined : ajv.compile({ $ref: `kubernetes#/definitions/${name}` }));
    if (validate === undefined) return [`${version} has no ${key}`];
    validators.set(key, validate);
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath}: ${message ?? ""} ${JSON.stringify(params)}`,
    );
  };
}

async function customKinds(): Promise<Map<string, Definition>> {
  const kinds = new Map<string, Definition>();
  for (const [module, version, path, wanted] of CUSTOM) {
    const folder = join(await goModule(module, version), path);
    for (const file of readdirSync(folder).filter((name) => wanted.test(name))) {
      // cert-manager's are templates of Helm, which only add labels.
      const text = readFileSync(join(folder, file), "utf8").replace(/^.*\{\{.*$\n/gm, "");
      const { spec } = parse(text) as {
        spec: {
          group: string;
          names: { kind: string };
          versions: { name: string; schema: { openAPIV3Schema: Definition } }[];
        };
      };
      for (const { name, schema } of spec.versions) {
        tighten(schema.openAPIV3Schema);
        kinds.set(`${spec.group}/${name} ${spec.names.kind}`, schema.openAPIV3Schema);
      }
    }
  }
  return kinds;
}

/** Refuses unknown fields everywhere, and takes both where Kubernetes takes a number or a text. */
function tighten(definition: Definition): void {
  // Go has flags in its regular expressions that JavaScript has not.
  if (definition.pattern?.includes("(?i)") === true) delete definition.pattern;
  if (definition.format === "int-or-string" || definition["x-kubernetes-int-or-string"] === true) {
    definition.type = ["integer", "string"];
    return;
  }
  for (const one of Object.values(definition.properties ?? {})) tighten(one);
  if (definition.items !== undefined) tighten(definition.items);
  if (typeof definition.additionalProperties === "object") tighten(definition.additionalProperties);
  else if (definition.properties !== undefined && definition["x-kubernetes-preserve-unknown-fields"] !== true)
    definition.additionalProperties = false;
}
