import type { Kubectl } from "../cluster/kubectl.ts";
import type { KubeObject, Pod } from "../cluster/objects.ts";
import { type Bundle, OF_COUNT } from "../fixtures/bundle.ts";
import { send } from "../fixtures/client-pod.ts";
import { same } from "../support/same.ts";
import { until } from "../support/until.ts";
import { EVERYTHING } from "./under-load.ts";

const DELETE_LIMIT_MS = 120_000;

/** What a pod is, as far as a restart would show. */
function identities(pods: readonly Pod[]): string[] {
  return pods
    .map(({ metadata, status }) => {
      const restarts = (status.containerStatuses ?? []).map(({ name, restartCount }) => `${name} ${restartCount}`);
      return `${metadata.name} ${metadata.uid} ${restarts.join(", ")}`;
    })
    .sort();
}

/**
 * Versions of a bundle's objects, as far as they are somebody's wish and not their state. kubectl's own word `configured` tells less: it
 * says so for every PodDisruptionBudget, whose selector it always sends.
 */
async function versions(bundle: Bundle): Promise<string[]> {
  const text = await bundle.kubectl.run(["get", "-k", bundle.folder, "-o", "json"]);
  const { items } = JSON.parse(text) as { readonly items: readonly KubeObject[] };
  return items.map(({ kind, metadata: { name, uid, generation, resourceVersion } }) => {
    return `${kind} ${name} ${uid} ${generation ?? resourceVersion}`;
  });
}

/** Applies a bundle that is there a second time: no object changes, and no pod restarts. @returns how many objects it has */
export async function checkSecondApply(bundle: Bundle): Promise<number> {
  const pods = await bundle.kubectl.pods(OF_COUNT);
  const before = await versions(bundle);
  await bundle.apply();
  await bundle.settled();
  same("objects after the second apply", await versions(bundle), before);
  same("pods after the second apply", identities(await bundle.kubectl.pods(OF_COUNT)), identities(pods));
  return before.length;
}

/** Counts a few requests, and reads them. */
export async function checkCounts(bundle: Bundle, service: string): Promise<void> {
  const requests = [
    { method: "GET", path: "/hello", atMs: Date.now(), times: 12 },
    { method: "POST", path: "/hello", atMs: Date.now(), times: 3 },
  ] as const;
  const answered = await send(bundle.kubectl, `hello-${service}`, "record", {
    target: bundle.target,
    service,
    requests,
  });
  same("answered for", answered, 15);
  const totals = await bundle.totals([...EVERYTHING, "--service", service]);
  same("totals", Object.fromEntries(totals), { [`${service} GET /hello`]: 12, [`${service} POST /hello`]: 3 });
}

const OUTSIDE = [
  ["a token", "ls /var/run/secrets/kubernetes.io/serviceaccount", /No such file/],
  ["a write to the root file system", "touch /written", /Read-only file system/],
  ["a write beside the program", "touch /opt/count/written || touch /usr/local/written", /Read-only file system/],
] as const;

/** In no container of any pod there is a token, or a file that could be written outside of its volumes, or root. */
export async function checkHardened(kubectl: Kubectl): Promise<number> {
  let containers = 0;
  for (const { metadata, spec, status } of await kubectl.pods(OF_COUNT)) {
    // The pod that makes CockroachDB's certificates creates Secrets: it is the one that is documented to have a token.
    const mayHaveToken = metadata.labels?.["app.kubernetes.io/component"] === "database-certificates";
    if (!mayHaveToken && JSON.stringify(spec).includes("serviceAccountToken")) {
      throw new Error(`pod ${metadata.name} has a token`);
    }
    for (const { name } of [...(spec.initContainers ?? []), ...spec.containers]) {
      containers++;
      const isRunning = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].some(
        (container) => container.name === name && container.state.running !== undefined,
      );
      // A container of a finished Job can only be asked by its specification, which the admission has checked.
      if (!isRunning) continue;
      for (const [what, command, refusal] of OUTSIDE) {
        const asked = ["exec", metadata.name, "-c", name, "--", "sh", "-c", command];
        const { code, stderr } = await kubectl.try(asked);
        if (code === 0 || !refusal.test(stderr))
          throw new Error(`${metadata.name}/${name}: ${what}: ${code} ${stderr}`);
      }
      const user = (await kubectl.exec(metadata.name, ["id", "-u"], name)).trim();
      if (user === "0") throw new Error(`${metadata.name}/${name} runs as root`);
    }
  }
  return containers;
}

/** What every namespace has by itself. */
const OWN = new Set(["configmaps kube-root-ca.crt", "serviceaccounts default"]);
const PASSING =
  /^(events|events\.events\.k8s\.io|endpoints|endpointslices\.discovery\.k8s\.io|pods\.metrics\.k8s\.io) /;

/** Names of everything in a namespace, as `kind name`, that somebody put there. */
export async function contents(kubectl: Kubectl): Promise<string[]> {
  const kinds = await kubectl.run(["api-resources", "--verbs=list", "--namespaced", "-o", "name"]);
  const found: string[] = [];
  for (const kind of kinds.trim().split("\n")) {
    const { code, stdout } = await kubectl.try(["get", kind, "-o", "json"]);
    if (code !== 0) continue;
    for (const { metadata } of (JSON.parse(stdout) as { readonly items: KubeObject[] }).items) {
      found.push(`${kind} ${metadata.name}`);
    }
  }
  return found.filter((one) => !OWN.has(one) && !PASSING.test(one)).sort();
}

/**
 * Deletes a bundle, and waits until nothing but what its next steps name is left of what it had made.
 *
 * @param before what was in the namespace before the bundle
 */
export async function checkUninstall(
  bundle: Bundle,
  before: readonly string[],
  left: readonly string[],
): Promise<void> {
  await bundle.kubectl.run(["delete", "-k", bundle.folder, "--wait"], { limitMs: DELETE_LIMIT_MS });
  const expected = [...before, ...left].sort();
  await until(
    `nothing but ${left.join(", ") || "what was there"} to be left`,
    async () => {
      const found = await contents(bundle.kubectl);
      const extra = found.filter((one) => !expected.includes(one));
      // What a client's pod of the suite was is no part of the bundle.
      const relevant = extra.filter((one) => !one.startsWith("pods hello-"));
      return relevant.length === 0 ? { value: found } : { not: relevant.join(", ") };
    },
    { limitMs: DELETE_LIMIT_MS, pauseMs: 2_000 },
  );
  const found = await contents(bundle.kubectl);
  same(
    "what was there before, and what is documented to stay",
    expected.filter((one) => !found.includes(one)),
    [],
  );
}
