import type { Pod } from "../cluster/objects.ts";
import { isReady } from "../cluster/objects.ts";
import { Bundle, MIGRATIONS } from "../fixtures/bundle.ts";
import { Postgres } from "../fixtures/postgres.ts";
import { same, says } from "../support/same.ts";
import { until } from "../support/until.ts";
import { checkCounts } from "./checks.ts";
import type { Scenario } from "./scenario.ts";

const LIMIT_MS = 120_000;

function restartsOf({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

export const databaseAbsent: Scenario = {
  name: "database-absent",
  title:
    "servers and migration wait for a database that is not there yet, without a restart, and recover when it comes",
  run: async ({ namespace, folders, authority, step }) => {
    const kubectl = await namespace("count-e2e-absent");
    const postgres = await Postgres.apply(kubectl, { authority, replicas: 0 });
    const bundle = await Bundle.overlay(kubectl, "postgres", folders);
    step("applying without a database");
    await bundle.apply();
    const migration = await until(
      "the migration to wait",
      async () => {
        const [pod] = await kubectl.pods(MIGRATIONS);
        const said = pod === undefined ? "no pod" : (await kubectl.try(["logs", pod.metadata.name])).stdout;
        return /count migrate: waiting/.test(said) ? { value: said } : { not: said };
      },
      { limitMs: LIMIT_MS },
    );
    const servers = await until(
      "two servers that run",
      async () => {
        const pods = await bundle.servers();
        const running = pods.filter(({ status }) => status.containerStatuses?.some(({ state }) => state.running));
        return running.length === 2 ? { value: pods } : { not: `${running.length}` };
      },
      { limitMs: LIMIT_MS },
    );
    says("the migration", migration, /waiting \(\d+ s so far\)/);
    // A container that runs has not said anything yet.
    for (const { metadata } of servers) {
      await until(
        `${metadata.name} to say that it waits`,
        async () => {
          const said = await kubectl.logs(metadata.name, "count");
          return /Count waits for its database/.test(said) ? { value: undefined } : { not: said.slice(-500) };
        },
        { limitMs: LIMIT_MS },
      );
    }
    same("servers that are ready without a database", (await bundle.servers()).filter(isReady).length, 0);
    step("starting the database");
    await postgres.scale(1);
    await bundle.settled();
    const restarts = [...(await bundle.servers()), ...(await kubectl.pods(MIGRATIONS))].map(restartsOf);
    same("restarts of servers and migration", restarts, [0, 0, 0]);
    await checkCounts(bundle, "absent");
    return "waited, and recovered without a restart";
  },
};
