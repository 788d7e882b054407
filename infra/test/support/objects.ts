import { bundleManifests, type Manifest } from "../../src/bundle/files.ts";
import type { ConfigInput } from "../../src/config/config.ts";
import { checkConfig } from "../../src/config/read-config.ts";

/** The objects of a configuration. */
export function objectsOf(config: ConfigInput = {}): Manifest[] {
  return [...bundleManifests(checkConfig(config)).values()].flat();
}

/** The object of a kind, by its name or the beginning of it. */
export function find(objects: readonly Manifest[], kind: string, name: string): Manifest {
  const found = objects.filter(
    (one) => one.kind === kind && (one.metadata.name === name || one.metadata.name.startsWith(`${name}-`)),
  );
  const exact = found.find(({ metadata }) => metadata.name === name) ?? found[0];
  if (exact === undefined) throw new Error(`there is no ${kind} ${name}`);
  return exact;
}

/** The value at `spec.template.spec` and the like. */
export function at(value: unknown, path: string): unknown {
  let current = value;
  for (const part of path.split(".")) current = (current as Record<string, unknown> | undefined)?.[part];
  return current;
}
