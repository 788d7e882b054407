import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Manifest } from "../../src/bundle/files.ts";
import { PROFILES } from "../../src/bundle/profiles.ts";
import { at, objectsOf } from "../support/objects.ts";

/** Fields that Kubernetes lets nobody change, by kind; a Job is made anew under another name instead. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  StatefulSet: ["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"],
  Service: ["spec.clusterIP", "spec.type"],
  PodDisruptionBudget: ["spec.selector"],
  RoleBinding: ["roleRef"],
};

/** What an upgrade must find as it was: immutable fields, and the names themselves, which GitOps and clients rely on. */
function fixedFields(objects: readonly Manifest[]): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    objects
      .filter(({ kind }) => kind !== "Job")
      .map((object) => [
        `${object.kind} ${object.metadata.name}`,
        Object.fromEntries((IMMUTABLE[object.kind] ?? []).map((path) => [path, at(object, path) ?? null])),
      ]),
  );
}

const released = JSON.parse(
  readFileSync(new URL("../released/immutable-fields.json", import.meta.url), "utf8"),
) as Record<string, unknown>;

describe("what the last release made", () => {
  test.each(PROFILES)("can be upgraded to what $name is now", ({ name, config }) => {
    // More objects are no hindrance; one that is missing or different is.
    expect(fixedFields(objectsOf(config))).toMatchObject(released[name] as object);
  });

  test("is known for every profile", () => {
    expect(Object.keys(released)).toEqual(PROFILES.map(({ name }) => name));
  });

  test.each(PROFILES)("selects pods in $name by nothing that a configuration or a release changes", ({ config }) => {
    const KEYS = ["app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name"];
    for (const object of objectsOf({ ...config, labels: { team: "a" } })) {
      const labels =
        at(object, "spec.selector.matchLabels") ??
        (object.kind === "Service" ? at(object, "spec.selector") : undefined);
      if (labels !== undefined)
        expect([object.metadata.name, Object.keys(labels as object).sort()]).toEqual([object.metadata.name, KEYS]);
    }
  });
});
