import { type Deployment, isReady, type Job, jobLack, type Pod } from "../cluster/objects.ts";
import { type Bundle, MIGRATIONS } from "../fixtures/bundle.ts";
import { Team } from "../fixtures/team.ts";
import { NEXT_IMAGES, SLOW_MIGRATION_SECONDS } from "../images/names.ts";
import { same, says } from "../support/same.ts";
import { until } from "../support/until.ts";
import { checkCounts } from "./checks.ts";
import { saidBy } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";
import { underLoad } from "./under-load.ts";

const LIMIT_MS = 180_000;

async function jobNames(bundle: Bundle): Promise<string[]> {
  return (await bundle.migrations()).map(({ metadata }) => metadata.name).sort();
}

export const newImage: Scenario = {
  name: "new-image",
  title: "a new image has a migration Job of its own, no immutable field is in the way, and nothing is lost meanwhile",
  run: async (stage) => {
    const team = await Team.create(stage, "image");
    const bundle = await team.bundle();
    stage.step("applying the first version");
    await bundle.install();
    const before = await jobNames(bundle);
    const migrations = await team.migrations();
    const figures = await underLoad(bundle, "new-image", stage.step, async () => {
      stage.step("applying the next version");
      const next = await team.bundle({ image: NEXT_IMAGES.next });
      await next.install();
    });
    const after = await jobNames(bundle);
    same(
      "Jobs from before",
      after.filter((name) => before.includes(name)),
      before,
    );
    same("new Jobs", after.length, before.length + 1);
    same("new migrations", (await team.migrations()).length, migrations.length + 1);
    const images = (await bundle.servers()).flatMap(({ spec }) => spec.containers.map(({ image }) => image));
    same("the servers' images", [...new Set(images)], [NEXT_IMAGES.next]);
    return figures;
  },
};

export const migrationKilled: Scenario = {
  name: "migration-killed",
  title: "a migration that is killed half-way is tried again by its Job, and no lock is left in the way",
  run: async (stage) => {
    const team = await Team.create(stage, "killed");
    const { kubectl } = team;
    const bundle = await team.bundle({ image: NEXT_IMAGES.slow });
    await bundle.apply();
    const victim = await migrating(bundle);
    stage.step(`killing ${victim.metadata.name} in the middle of a migration of ${SLOW_MIGRATION_SECONDS} s`);
    await stage.node.kill(victim, "migrate");
    const killed = ({ status }: Pod): string | undefined => (status.phase === "Failed" ? undefined : status.phase);
    await kubectl.until<Pod>("was killed", "pod", victim.metadata.name, killed, { limitMs: LIMIT_MS });
    same("migrations after the kill: all or nothing", await recorded(team), []);
    const started = performance.now();
    await bundle.settled();
    const seconds = (performance.now() - started) / 1_000;
    const [job] = await bundle.migrations();
    same(
      "tries of the Job",
      { failed: job?.status.failed, succeeded: job?.status.succeeded },
      { failed: 1, succeeded: 1 },
    );
    const names = await team.migrations();
    same("migrations, once each", names.length, new Set(names).size);
    await checkCounts(bundle, "migration-killed");
    return `tried again and done ${seconds.toFixed(0)} s after the kill`;
  },
};

/** None as long as there is not even a table of them. */
async function recorded(team: Team): Promise<string[][]> {
  const [row] = await team.postgres.sql("select to_regclass('count.migrations') is not null");
  return row?.[0] === "t" ? await team.postgres.sql("select name from count.migrations") : [];
}

/** The pod that is in the middle of the slow migration. */
function migrating(bundle: Bundle): Promise<Pod> {
  return until(
    "the slow migration to begin",
    async () => {
      for (const pod of await bundle.kubectl.pods(MIGRATIONS)) {
        const { stdout } = await bundle.kubectl.try(["logs", pod.metadata.name]);
        const { stderr } = await bundle.kubectl.try(["logs", pod.metadata.name, "--tail=5"]);
        if (/applying \d{4}_e2e_2/.test(stdout + stderr)) return { value: pod };
      }
      return { not: "no pod that says so" };
    },
    { limitMs: LIMIT_MS },
  );
}

export const twoMigrators: Scenario = {
  name: "two-migrators",
  title: "two migration Jobs at once apply each migration once",
  run: async (stage) => {
    const team = await Team.create(stage, "two");
    const { kubectl } = team;
    const bundle = await team.bundle({ image: NEXT_IMAGES.slow });
    const documents = await bundle.documents();
    const account = documents.filter(
      (text) => /^kind: ServiceAccount$/m.test(text) && /^ {2}name: count-migrate$/m.test(text),
    );
    const jobs = documents.filter((text) => /^kind: Job$/m.test(text));
    same("Jobs of the bundle", [account.length, jobs.length], [1, 1]);
    stage.step("applying the migration Job twice, under two names");
    for (const document of account) await bundle.applyOne(document);
    const names = ["count-migrate-first", "count-migrate-second"];
    const twice = names.map((name) => jobs.join("").replace(/^( {2}name: )count-migrate-\S+$/m, `$1${name}`));
    await kubectl.run(["apply", "-f", "-"], { input: twice.join("\n---\n") });
    for (const name of names) await kubectl.until<Job>("is complete", "job", name, jobLack, { limitMs: LIMIT_MS });
    const said = await Promise.all(names.map((name) => saidBy(kubectl, name)));
    const applied = said.flatMap((text) => [...text.matchAll(/^ {2}(\d{4}_\S+)$/gm)].map(([, name]) => name)).sort();
    same("migrations that the two say that they applied", applied, await team.migrations());
    says("one of the two", said.join("\n"), /^Nothing to do: all \d+ migrations are there\.|^Applied /m);
    return `${applied.length} migrations, once each`;
  },
};

export const failingMigration: Scenario = {
  name: "failing-migration",
  title: "a migration that fails leaves the old servers serving, and the way back is the old configuration",
  run: async (stage) => {
    const team = await Team.create(stage, "failing");
    const { kubectl } = team;
    const bundle = await team.bundle();
    await bundle.install();
    const before = await team.migrations();
    const old = (await bundle.servers()).map(({ metadata }) => metadata.uid).sort();
    let message = "";
    const figures = await underLoad(bundle, "failing", stage.step, async () => {
      stage.step("applying a version whose migration fails");
      const broken = await team.bundle({ image: NEXT_IMAGES.broken, migration: { backoffLimit: 1 } });
      await broken.apply();
      const failed = await failedJob(broken);
      message = await saidBy(kubectl, failed);
      says("the failed migration", message, /migration \d{4}_e2e_2 failed: .*there_is_no_such_table/);
      same("migrations: all of a version or none", await team.migrations(), before);
      const servers = await bundle.servers();
      same(
        "old servers that are ready",
        servers.filter((pod) => old.includes(pod.metadata.uid) && isReady(pod)).length,
        2,
      );
      same(
        "new servers that are ready",
        servers.filter((pod) => !old.includes(pod.metadata.uid) && isReady(pod)).length,
        0,
      );
    });
    await checkCounts(bundle, "failing-counts");
    stage.step("going back");
    const back = await team.bundle();
    await back.apply();
    await kubectl.until<Deployment>(
      "is as it was",
      "deployment",
      "count",
      ({ status }) =>
        status.updatedReplicas === 2 && status.readyReplicas === 2 && status.replicas === 2
          ? undefined
          : JSON.stringify(status),
      { limitMs: LIMIT_MS },
    );
    same("the servers from before", (await bundle.servers()).map(({ metadata }) => metadata.uid).sort(), old);
    return figures;
  },
};

/** Waits for the Job that fails. @returns its name */
function failedJob(bundle: Bundle): Promise<string> {
  return until(
    "the migration to fail",
    async () => {
      const failed = (await bundle.migrations()).find(({ status }) =>
        status.conditions?.some(({ type, status: is }) => type === "Failed" && is === "True"),
      );
      return failed === undefined ? { not: "no failed Job" } : { value: failed.metadata.name };
    },
    { limitMs: LIMIT_MS },
  );
}
