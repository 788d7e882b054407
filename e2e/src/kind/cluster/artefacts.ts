import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kubectl } from "./kubectl.ts";
import type { Pod } from "./objects.ts";

/** Never Secrets: artefacts are uploaded. */
const KINDS = [
  "pods",
  "jobs",
  "cronjobs",
  "deployments",
  "statefulsets",
  "replicasets",
  "services",
  "endpointslices",
  "configmaps",
  "persistentvolumeclaims",
  "poddisruptionbudgets",
  "networkpolicies",
  "serviceaccounts",
];

/** Keeps what tells why a scenario failed: the state of every object and Job, events, and every log. Goes on past failures. */
export async function keepArtefacts(folder: string, namespaces: readonly Kubectl[]): Promise<void> {
  for (const kubectl of namespaces) {
    const into = join(folder, kubectl.namespace);
    await mkdir(into, { recursive: true });
    const keep = async (file: string, args: readonly string[]): Promise<void> => {
      const { stdout, stderr } = await kubectl
        .try(args)
        .catch((error: unknown) => ({ stdout: "", stderr: String(error) }));
      await writeFile(join(into, file), stdout + stderr);
    };
    await keep("overview.txt", ["get", KINDS.join(","), "-o", "wide"]);
    await keep("events.txt", ["get", "events", "--sort-by=.lastTimestamp"]);
    await keep("jobs.txt", ["describe", "jobs"]);
    await keep("pods.txt", ["describe", "pods"]);
    await keep("objects.yaml", ["get", KINDS.join(","), "-o", "yaml"]);
    const pods = await kubectl.list<Pod>("pods").catch(() => []);
    for (const { metadata, spec } of pods) {
      for (const { name } of [...(spec.initContainers ?? []), ...spec.containers]) {
        await keep(`${metadata.name}.${name}.log`, ["logs", metadata.name, "-c", name]);
        await keep(`${metadata.name}.${name}.previous.log`, ["logs", "--previous", metadata.name, "-c", name]);
      }
    }
  }
}
