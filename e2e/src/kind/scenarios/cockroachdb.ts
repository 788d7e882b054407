import { createHash } from "node:crypto";
import { CLUSTER } from "../cluster/kind-cluster.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { type Deployment, isReady, type Job, jobLack, type KubeObject, rolloutLack } from "../cluster/objects.ts";
import { Bundle, MIGRATIONS, OF_COUNT } from "../fixtures/bundle.ts";
import { secret } from "../fixtures/secret.ts";
import { COCKROACHDB_STAND_IN, COUNT_IMAGE } from "../images/names.ts";
import { runAny } from "../support/command.ts";
import { same, says } from "../support/same.ts";
import { until } from "../support/until.ts";
import { checkCounts, checkHardened } from "./checks.ts";
import { rollUpNow, saidBy } from "./roll-up-job.ts";
import type { Scenario, Stage } from "./scenario.ts";

const LIMIT_MS = 240_000;
const NODES = `${OF_COUNT},app.kubernetes.io/component=database`;
const LICENCE = "crl-0-not'a-licence";
const SECRETS = ["ca", "node", "root", "client"].map((kind) => `count-cockroachdb-${kind}`);

export const cockroachdbAdmission: Scenario = {
  name: "cockroachdb-admission",
  title:
    "the server takes every object of cockroachdb as it is committed, in a restricted namespace, without a warning",
  run: async ({ namespace, folders, step }) => {
    const kubectl = await namespace("count-e2e-crdb-dry");
    const bundle = await Bundle.overlay(kubectl, "cockroachdb", folders);
    step("server-side dry run");
    const { code, stdout, stderr } = await kubectl.try(["apply", "--dry-run=server", "-k", bundle.folder]);
    if (code !== 0 || stderr.trim() !== "") throw new Error(`the dry run ended with ${code}:\n${stderr}${stdout}`);
    return `${stdout.trim().split("\n").length} objects`;
  },
};

function config(image: string, licence: boolean): object {
  const [repository, tag] = splitImage(image);
  const [count, countTag] = splitImage(COUNT_IMAGE);
  const resources = { cpu: "10m", memory: "64Mi", memoryLimit: "384Mi" };
  const isStandIn = image === COCKROACHDB_STAND_IN;
  return {
    images: { count: { repository: count, tag: countTag }, cockroachdb: { repository, tag } },
    server: { resources },
    migration: { resources },
    database: {
      kind: "cockroachdb",
      certificates: { from: "bootstrap" },
      storage: { size: "1Gi" },
      resources: isStandIn ? resources : { cpu: "100m", memory: "512Mi", memoryLimit: "2Gi" },
      ...(licence ? { licenceSecret: { name: "licence" } } : {}),
    },
  };
}

function splitImage(image: string): [repository: string, tag: string] {
  const at = image.lastIndexOf(":");
  return at > image.lastIndexOf("/") ? [image.slice(0, at), image.slice(at + 1)] : [image, "latest"];
}

/** Checksums of the certificates, without the certificates. */
async function certificates(kubectl: Kubectl): Promise<string[]> {
  return Promise.all(
    SECRETS.map(async (name) => {
      const { data } = await kubectl.get<KubeObject & { readonly data: object }>("secret", name);
      return `${name} ${createHash("sha256").update(JSON.stringify(data)).digest("hex")}`;
    }),
  );
}

async function jobOf(kubectl: Kubectl, component: string): Promise<string> {
  const [job] = await kubectl.list<Job>("jobs", `${OF_COUNT},app.kubernetes.io/component=${component}`);
  if (job === undefined) throw new Error(`there is no Job of ${component}`);
  return job.metadata.name;
}

async function completed(kubectl: Kubectl, name: string): Promise<string> {
  await kubectl.until<Job>("is complete", "job", name, jobLack, { limitMs: LIMIT_MS });
  return saidBy(kubectl, name);
}

/** Deletes a Job and lets the bundle make it anew, as a GitOps tool or a person may. @returns what it said */
async function again(bundle: Bundle, name: string): Promise<string> {
  await bundle.kubectl.run(["delete", "job", name, "--wait"]);
  await bundle.apply();
  return completed(bundle.kubectl, name);
}

export const cockroachdbJobs: Scenario = {
  name: "cockroachdb-jobs",
  title:
    "with a stand-in for its database, cockroachdb makes certificates once, initializes once, and connects with TLS both ways",
  limitSeconds: 420,
  run: async ({ namespace, folders, step }: Stage) => {
    const kubectl = await namespace("count-e2e-crdb-jobs");
    await kubectl.apply([secret("licence", { licence: LICENCE, organization: "An Organization" })]);
    const bundle = await Bundle.synthesize(kubectl, config(COCKROACHDB_STAND_IN, true), folders);
    step("applying, with the stand-in");
    await bundle.apply();
    const [certificatesJob, initJob] = [
      await jobOf(kubectl, "database-certificates"),
      await jobOf(kubectl, "database-init"),
    ];
    await completed(kubectl, certificatesJob);
    const made = await certificates(kubectl);
    step("waiting for the cluster of stand-ins to be initialized");
    says("the init Job", await completed(kubectl, initJob), /The cluster is initialized/);
    await kubectl.until<Deployment>("is ready", "statefulset", "count-cockroachdb", rolloutLack, { limitMs: LIMIT_MS });
    const logs = await kubectl.run(["logs", "--tail=-1", "-l", NODES, "--prefix"]);
    says("the nodes", logs, /create database if not exists count;/);
    says("the nodes", logs, /set cluster setting enterprise\.license = 'crl-0-not''a-licence';/);
    same("initializations", logs.split("\n").filter((line) => line.endsWith(" initialized")).length, 1);

    step("waiting for Count to be told, over TLS both ways, that this is no database");
    const [migration] = await kubectl.list<Job>("jobs", MIGRATIONS);
    await until(
      "the migration to be told that this is a stand-in",
      async () => {
        const said = await saidBy(kubectl, migration?.metadata.name ?? "").catch(String);
        return /this is the stand-in, and no database/.test(said) ? { value: said } : { not: said.slice(-500) };
      },
      { limitMs: LIMIT_MS },
    );
    says("the nodes", await kubectl.run(["logs", "--tail=-1", "-l", NODES]), /PostgreSQL client count/);
    same("servers that are ready", (await bundle.servers()).filter(isReady).length, 0);

    step("running both Jobs again");
    says("the second certificates Job", await again(bundle, certificatesJob), /already; it stays as it is/);
    same("certificates", await certificates(kubectl), made);
    says("the second init Job", await again(bundle, initJob), /The cluster is initialized/);
    const containers = await checkHardened(kubectl);
    return `against a stand-in: certificates made once, initialized once; ${containers} containers hardened`;
  },
};

const IMAGE = process.env["COCKROACH_IMAGE"] ?? "";

export const cockroachdbCluster: Scenario = {
  name: "cockroachdb-cluster",
  title: "the whole profile cockroachdb counts, and survives the loss of a node of its database",
  limitSeconds: 900,
  unfit: () => (IMAGE === "" ? "COCKROACH_IMAGE names no image" : undefined),
  run: async ({ namespace, folders, step }) => {
    // One that only this machine has; else the node pulls it.
    await runAny("kind", ["load", "docker-image", "--name", CLUSTER, IMAGE], { limitMs: LIMIT_MS });
    const kubectl = await namespace("count-e2e-crdb");
    const bundle = await Bundle.synthesize(kubectl, config(IMAGE, false), folders);
    step("applying");
    await bundle.apply();
    await bundle.settled(600_000);
    await checkCounts(bundle, "cockroachdb");
    step("deleting a node of the database");
    await kubectl.run(["delete", "pod", "count-cockroachdb-1", "--wait=false"]);
    await checkCounts(bundle, "cockroachdb-degraded");
    await kubectl.until<Deployment>("is whole again", "statefulset", "count-cockroachdb", rolloutLack, {
      limitMs: LIMIT_MS,
    });
    await rollUpNow(bundle, "cockroachdb-rollup");
    return `with ${IMAGE}`;
  },
};
