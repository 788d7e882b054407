import { type Deployment, isReady, type Pod, rolloutLack } from "../cluster/objects.ts";
import { type Bundle, SERVERS } from "../fixtures/bundle.ts";
import { type Installation, SHARED_LABEL } from "../fixtures/installation.ts";
import { same } from "../support/same.ts";
import { until } from "../support/until.ts";
import type { Scenario, Stage } from "./scenario.ts";
import { underLoad } from "./under-load.ts";

const LIMIT_MS = 180_000;
const REPLICAS = 2;

/** A scenario that does something to the shared installation while clients stream. */
function fault(
  name: string,
  what: string,
  does: (installation: Installation, stage: Stage) => Promise<void>,
): Scenario {
  return {
    name,
    title: `${what}, under streaming load: stored = sent`,
    sharesInstallation: true,
    run: async (stage) => {
      const installation = await stage.installation();
      const { bundle } = installation;
      return await underLoad(bundle, name, stage.step, () => does(installation, stage));
    },
  };
}

function rolledOut({ kubectl, name }: Bundle): Promise<Deployment> {
  return kubectl.until<Deployment>("is rolled out", "deployment", name, rolloutLack, { limitMs: LIMIT_MS });
}

async function scale(bundle: Bundle, replicas: number): Promise<void> {
  await bundle.kubectl.run(["scale", "deployment", bundle.name, `--replicas=${replicas}`]);
  await rolledOut(bundle);
  // Those on their way out still drain.
  await until(
    `${replicas} servers and no other`,
    async () => {
      const { length } = await bundle.kubectl.pods(SERVERS);
      return length === replicas ? { value: undefined } : { not: `${length}` };
    },
    { limitMs: LIMIT_MS },
  );
}

function uids(pods: readonly Pod[]): string[] {
  return pods.map(({ metadata }) => metadata.uid);
}

export const rollingUpdate = fault(
  "rolling-update",
  "a rolling update of the servers",
  async ({ bundle }, { step }) => {
    const before = uids(await bundle.servers());
    step("restarting the Deployment");
    await bundle.kubectl.run(["rollout", "restart", `deployment/${bundle.name}`]);
    await rolledOut(bundle);
    const after = await bundle.servers();
    same(
      "servers from before",
      uids(after).filter((uid) => before.includes(uid)),
      [],
    );
    same("servers", after.length, REPLICAS);
  },
);

export const serverKilled = fault("server-killed", "SIGKILL of each server", async ({ bundle }, { node, step }) => {
  for (const server of await bundle.servers()) {
    const { name } = server.metadata;
    const restarts = restartsOf(server);
    step(`killing ${name}`);
    await node.kill(server, "count");
    const look = (pod: Pod): string | undefined =>
      isReady(pod) && restartsOf(pod) > restarts ? undefined : `ready ${isReady(pod)}, ${restartsOf(pod)} restarts`;
    await bundle.kubectl.until<Pod>("was restarted", "pod", name, look, { limitMs: LIMIT_MS });
  }
});

function restartsOf({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

export const databaseRestarted = fault(
  "database-restarted",
  "SIGKILL and then a restart of the database",
  async ({ bundle, postgres }, { node, step }) => {
    const before = (await bundle.servers()).map((pod) => `${pod.metadata.uid} ${restartsOf(pod)}`).sort();
    step("killing PostgreSQL");
    const pod = await postgres.pod();
    await node.kill(pod, "postgres");
    const restarted = (now: Pod): string | undefined =>
      isReady(now) && restartsOf(now) > restartsOf(pod) ? undefined : "not ready";
    await postgres.kubectl.until<Pod>("was restarted", "pod", pod.metadata.name, restarted, { limitMs: LIMIT_MS });
    await rolledOut(bundle);
    step("deleting its pod");
    await postgres.kubectl.run(["delete", "pod", pod.metadata.name, "--wait"]);
    await postgres.ready();
    await rolledOut(bundle);
    const after = (await bundle.servers()).map((server) => `${server.metadata.uid} ${restartsOf(server)}`).sort();
    same("servers that did not restart with it", after, before);
  },
);

export const scaled = fault("scaled", "scaling 1, 3, 1", async ({ bundle }, { step }) => {
  for (const replicas of [1, 3, 1, REPLICAS]) {
    step(`to ${replicas}`);
    await scale(bundle, replicas);
  }
});

export const nodeDrained = fault("node-drained", "draining the servers' node", async (installation, stage) => {
  const { bundle } = installation;
  await drained(bundle, stage, REPLICAS);
  stage.step("the same with a single server");
  await scale(bundle, 1);
  await drained(bundle, stage, 1);
  await scale(bundle, REPLICAS);
});

/**
 * Drains the node of the servers. The cluster has one node, so it is opened again once the first server was evicted, and stands
 * for the node that its successor gets.
 */
async function drained(bundle: Bundle, { step }: Stage, replicas: number): Promise<void> {
  const { kubectl } = bundle;
  const before = await bundle.servers();
  const [first] = before;
  const machine = first?.spec.nodeName ?? "";
  step(`draining ${machine} of ${replicas} servers`);
  const drain = kubectl.run(
    [
      "drain",
      machine,
      `--pod-selector=${SERVERS},${SHARED_LABEL}`,
      "--ignore-daemonsets",
      "--delete-emptydir-data",
      "--timeout=150s",
    ],
    { limitMs: LIMIT_MS },
  );
  const over = drain.then(
    () => true,
    () => true,
  );
  const isOver = (): Promise<boolean> => Promise.race([over, Promise.resolve(false)]);
  let fewest = replicas;
  try {
    await until(
      "a successor that finds no node",
      async () => {
        const waiting = (await bundle.servers()).filter(({ spec }) => spec.nodeName === undefined);
        return waiting.length > 0 || (await isOver()) ? { value: undefined } : { not: "none" };
      },
      { limitMs: LIMIT_MS, pauseMs: 200 },
    );
    await kubectl.run(["uncordon", machine]);
    while (!(await isOver())) fewest = Math.min(fewest, (await bundle.servers()).filter(isReady).length);
    await drain;
  } finally {
    await kubectl.run(["uncordon", machine]);
    await over;
  }
  await rolledOut(bundle);
  const left = uids(await bundle.servers()).filter((uid) => uids(before).includes(uid));
  same("servers that were not evicted", left, []);
  // The budget lets one go at a time.
  if (fewest < replicas - 1) throw new Error(`only ${fewest} of ${replicas} servers were ready meanwhile`);
}
