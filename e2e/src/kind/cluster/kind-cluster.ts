import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run, runAny } from "../support/command.ts";

export const CLUSTER = "count-e2e";
/** kind's default would be an image that fits its version; this one is what the suite was written for. */
const NODE_IMAGE = "kindest/node:v1.34.4";

const CREATE_LIMIT_MS = 300_000;
const CALL_LIMIT_MS = 60_000;

export interface Cluster {
  /** A file; nobody else's configuration is touched. */
  readonly kubeconfig: string;
  /** The container that is the node. */
  readonly node: string;
}

/** @throws Error that names the command that is missing */
export async function checkCommands(): Promise<void> {
  for (const [command, args] of [
    ["docker", ["info"]],
    ["kind", ["version"]],
    ["kubectl", ["version", "--client"]],
    ["openssl", ["version"]],
  ] as const) {
    const result = await runAny(command, args, { limitMs: CALL_LIMIT_MS });
    if (result.code !== 0) throw new Error(`\`${command} ${args.join(" ")}\` fails: ${result.stderr.trim()}`);
  }
}

/** The cluster of the suite: a new one, or with `reuse` the one that is there. */
export async function openCluster(
  folder: string,
  reuse: boolean,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Cluster> {
  await mkdir(folder, { recursive: true });
  const kubeconfig = join(folder, "kubeconfig");
  const image = process.env["KIND_NODE_IMAGE"] || NODE_IMAGE;
  const isThere = (await run("kind", ["get", "clusters"], { limitMs: CALL_LIMIT_MS })).split("\n").includes(CLUSTER);
  if (isThere && !reuse) await deleteCluster();
  if (isThere && reuse) {
    progress(`using the cluster ${CLUSTER} that is there`);
    await run("kind", ["export", "kubeconfig", "--name", CLUSTER, "--kubeconfig", kubeconfig], {
      limitMs: CALL_LIMIT_MS,
    });
  } else {
    progress(`creating the cluster ${CLUSTER} of ${image}`);
    const args = ["create", "cluster", "--name", CLUSTER, "--image", image, "--kubeconfig", kubeconfig];
    await run("kind", [...args, "--wait", "180s"], { limitMs: CREATE_LIMIT_MS, signal });
  }
  // It holds the key of the cluster's administrator.
  await chmod(kubeconfig, 0o600);
  return { kubeconfig, node: `${CLUSTER}-control-plane` };
}

export async function deleteCluster(): Promise<void> {
  await run("kind", ["delete", "cluster", "--name", CLUSTER], { limitMs: CALL_LIMIT_MS * 2 });
}
