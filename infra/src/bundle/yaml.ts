import { stringify } from "yaml";

/** How a generated file begins. */
export const HEADER = "# Written by `npm run synth`. Change the configuration, not this file.\n";

/** A YAML 1.1 file, as kubectl and kustomize read it: long lines stay whole, and `on` and `yes` are quoted. */
export function yamlText(value: unknown): string {
  return `${HEADER}${plainYaml(value)}`;
}

/** Objects as documents of one file. */
export function manifestText(objects: readonly unknown[]): string {
  return `${HEADER}${objects.map(plainYaml).join("---\n")}`;
}

export function plainYaml(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
