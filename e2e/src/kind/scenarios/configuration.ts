import { join } from "node:path";
import type { Job, Pod } from "../cluster/objects.ts";
import type { Bundle } from "../fixtures/bundle.ts";
import { Authority } from "../fixtures/certificates.ts";
import { Collector } from "../fixtures/collector.ts";
import { secret } from "../fixtures/secret.ts";
import { Team } from "../fixtures/team.ts";
import { same, says } from "../support/same.ts";
import { until } from "../support/until.ts";
import { saidBy } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";
import { underLoad } from "./under-load.ts";

const LIMIT_MS = 120_000;
const NEW_PASSWORD = "another p@ss/w:rd?";

async function uids(bundle: Bundle): Promise<string[]> {
  return (await bundle.servers()).map(({ metadata }) => metadata.uid).sort();
}

export const configurationChange: Scenario = {
  name: "configuration-change",
  title:
    "a change of the configuration, and one of a Secret, roll the servers, traces arrive where it says, and nothing is lost",
  run: async (stage) => {
    const team = await Team.create(stage, "config");
    const bundle = await team.bundle();
    await bundle.install();
    const jobs = (await bundle.migrations()).length;
    const collector = await Collector.start(team.kubectl);
    return await underLoad(bundle, "configuration", stage.step, async () => {
      const first = await uids(bundle);
      stage.step("changing a setting, and asking for traces");
      const settings = { logLevel: "debug" };
      const { tracing } = collector;
      await (await team.bundle({ settings, tracing })).install();
      const second = await uids(bundle);
      same(
        "servers from before the setting",
        second.filter((uid) => first.includes(uid)),
        [],
      );
      same("migration Jobs, which no setting changes", (await bundle.migrations()).length, jobs);
      const level = await team.kubectl.exec("deployment/count", ["sh", "-c", "echo $COUNT_LOG_LEVEL"], "count");
      same("the setting", level.trim(), "debug");
      await collector.hasSpansOf(await bundle.servers());

      stage.step("changing the password of the database");
      await team.postgres.sql(`alter role count password '${NEW_PASSWORD}'`);
      await team.kubectl.apply([secret("count-database", { username: "count", password: NEW_PASSWORD })]);
      await (await team.bundle({ settings, tracing, database: { secretRevision: "2" } })).install();
      const third = await uids(bundle);
      same(
        "servers from before the password",
        third.filter((uid) => second.includes(uid)),
        [],
      );
      const password = await team.kubectl.exec("deployment/count", ["sh", "-c", 'printf %s "$PGPASSWORD"'], "count");
      same("the password is the new one", password === NEW_PASSWORD, true);
    });
  },
};

/** A database that cannot be trusted: what migration and servers say of it, and that no server becomes ready. */
async function distrusted(bundle: Bundle, said: RegExp): Promise<void> {
  const { kubectl } = bundle;
  await bundle.apply();
  const [job] = await bundle.migrations();
  const name = job?.metadata.name ?? "";
  await until(
    `the migration to say ${String(said)}`,
    async () => {
      const text = await saidBy(kubectl, name).catch((error: unknown) => String(error));
      return said.test(text) ? { value: text } : { not: text.slice(-500) };
    },
    { limitMs: LIMIT_MS },
  );
  await until(
    `a server to say ${String(said)}`,
    async () => {
      const { stdout, stderr } = await kubectl.try(["logs", `deployment/${bundle.name}`, "-c", "count"]);
      const previous = await kubectl.try(["logs", `deployment/${bundle.name}`, "-c", "count", "--previous"]);
      const text = stdout + stderr + previous.stdout;
      return said.test(text) ? { value: text } : { not: text.slice(-500) };
    },
    { limitMs: LIMIT_MS },
  );
  const ready = (await bundle.servers()).filter(({ status }: Pod) =>
    (status.containerStatuses ?? []).some((one) => one.ready),
  );
  same("servers that are ready", ready.length, 0);
  const { status } = await kubectl.get<Job>("job", name);
  same("migrations that succeeded", status.succeeded ?? 0, 0);
}

export const wrongCa: Scenario = {
  name: "wrong-ca",
  title:
    "a database whose certificate another authority has signed is refused with a clear message, and trusted once that is mended",
  run: async (stage) => {
    const team = await Team.create(stage, "ca");
    const other = await Authority.create(join(stage.folders.folder, "other-authority"), "another authority");
    await team.kubectl.apply([secret("count-database-ca", { "ca.crt": other.certificate })]);
    stage.step("applying with the certificate of another authority");
    const bundle = await team.bundle();
    await distrusted(bundle, /certificate/i);
    stage.step("putting the right one into the Secret");
    await team.kubectl.apply([secret("count-database-ca", { "ca.crt": stage.authority.certificate })]);
    await mended(team, bundle);
    return "refused, then trusted";
  },
};

export const wrongHost: Scenario = {
  name: "wrong-host",
  title:
    "a database whose certificate bears another host name is refused with a clear message, and trusted under its own",
  run: async (stage) => {
    const team = await Team.create(stage, "host");
    await team.kubectl.apply([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "another-name" },
        spec: { selector: { app: "postgres" }, ports: [{ port: 5_432 }] },
      },
    ]);
    stage.step("applying with a host name that the certificate does not bear");
    const bundle = await team.bundle({ database: { host: "another-name" } });
    await distrusted(bundle, /another-name/);
    stage.step("using the right one");
    await mended(team, bundle);
    return "refused, then trusted";
  },
};

/** As the next steps say: what has failed for good runs again when its Secret has another revision. */
async function mended(team: Team, { kubectl }: Bundle): Promise<void> {
  const bundle = await team.bundle({ database: { secretRevision: "2" } });
  await bundle.apply();
  await bundle.settled();
  says("the servers", await kubectl.run(["logs", "deployment/count", "-c", "count"]), /"msg":"ready"/);
}
