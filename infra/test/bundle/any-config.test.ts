import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bundleFiles, bundleManifests, type Manifest } from "../../src/bundle/files.ts";
import { configs } from "../support/configs.ts";
import { houseFaults, restrictedFaults } from "../support/pod-security.ts";
import { containersOf, podsOf } from "../support/pods.ts";

const RUNS = { numRuns: 100 };
const QUALIFIED = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;

/** What Kubernetes refuses, or what breaks a promise of a bundle. */
function faultsOf(objects: readonly Manifest[]): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  for (const { apiVersion, kind, metadata } of objects) {
    const id = `${apiVersion} ${kind} ${metadata.name}`;
    if (ids.has(id)) faults.push(`${id} is there twice`);
    ids.add(id);
    const most = kind === "Service" || kind === "Job" ? 63 : kind === "CronJob" || kind === "StatefulSet" ? 52 : 253;
    if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(metadata.name) || metadata.name.length > most)
      faults.push(`${id} has a bad name`);
    for (const [key, value] of Object.entries(metadata.labels)) {
      if (!QUALIFIED.test(key) || value.length > 63) faults.push(`${id} has a bad label ${key}`);
    }
  }
  for (const { owner, template } of podsOf(objects)) {
    const { spec } = template;
    faults.push(...[...restrictedFaults(spec), ...houseFaults(spec)].map((fault) => `${owner}: ${fault}`));
    const volumes = (spec.volumes ?? []).map(({ name }) => String(name));
    const claims = objects.flatMap(({ spec: one }) => claimNames(one));
    for (const { name, volumeMounts = [] } of containersOf(spec)) {
      for (const mount of volumeMounts) {
        if (![...volumes, ...claims].includes(mount.name))
          faults.push(`${owner}: ${name} mounts ${mount.name}, which is no volume`);
      }
    }
    if (new Set(volumes).size !== volumes.length) faults.push(`${owner}: a volume is there twice`);
  }
  return faults;
}

function claimNames(spec: unknown): string[] {
  const { volumeClaimTemplates = [] } = (spec ?? {}) as { volumeClaimTemplates?: { metadata: { name: string } }[] };
  return volumeClaimTemplates.map(({ metadata }) => metadata.name);
}

describe("any valid configuration", () => {
  test("gives objects that Kubernetes and the policies accept, and the same bytes each time", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(configs, ({ config }) => {
        kinds.add(config.database.kind);
        const objects = [...bundleManifests(config).values()].flat();
        expect(faultsOf(objects)).toEqual([]);
        expect([...bundleFiles(config)]).toEqual([...bundleFiles(config)]);
      }),
      RUNS,
    );
    expect([...kinds].sort()).toEqual(["cockroachdb", "external", "inside"]);
  });

  test("gives each content of a Job a name of its own, and the same content the same name", () => {
    const specs = new Map<string, string>();
    const names = new Map<string, string>();
    fc.assert(
      fc.property(configs, ({ config }) => {
        for (const [, objects] of bundleManifests(config)) {
          for (const { kind, metadata, spec } of objects) {
            if (kind !== "Job") continue;
            const text = JSON.stringify(spec);
            expect(specs.get(metadata.name) ?? text).toBe(text);
            expect(names.get(text) ?? metadata.name).toBe(metadata.name);
            specs.set(metadata.name, text);
            names.set(text, metadata.name);
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(specs.size).toBeGreaterThan(20);
  });
});
