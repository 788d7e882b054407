import type { CronJob } from "../cluster/objects.ts";
import { Bundle } from "../fixtures/bundle.ts";
import { send } from "../fixtures/client-pod.ts";
import { Postgres } from "../fixtures/postgres.ts";
import { dayOf, midnight } from "../support/days.ts";
import { same } from "../support/same.ts";
import { rollUpNow } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";

/** 14 hours ahead of UTC, 3½ and 2½ behind, and 11 behind: no two of them agree on the day for long. */
const SERVER_ZONE = "Pacific/Kiritimati";
const DATABASE_ZONE = "America/St_Johns";
const NODE_ZONE = "Pacific/Pago_Pago";
const SERVICE = "zones";

const ENV = [{ op: "add", path: "/spec/template/spec/containers/0/env/-", value: { name: "TZ", value: SERVER_ZONE } }];
const CRON_ENV = ENV.map((patch) => ({ ...patch, path: `/spec/jobTemplate${patch.path}` }));

export const timeZones: Scenario = {
  name: "time-zones",
  title: "days are UTC's, whatever the time zones of node, servers, roll-up and database",
  run: async ({ namespace, folders, authority, node, step }) => {
    const kubectl = await namespace("count-e2e-zones");
    const postgres = await Postgres.apply(kubectl, { authority });
    await postgres.ready();
    await postgres.sql(`alter database count set timezone to '${DATABASE_ZONE}'`, "postgres");
    const before = (await node.run(["readlink", "-f", "/etc/localtime"])).trim();
    await node.run(["ln", "-sfn", `/usr/share/zoneinfo/${NODE_ZONE}`, "/etc/localtime"]);
    try {
      step(`applying, with servers in ${SERVER_ZONE}, database in ${DATABASE_ZONE}, node in ${NODE_ZONE}`);
      const patches = [
        { target: { kind: "Deployment" }, patch: JSON.stringify(ENV) },
        { target: { kind: "CronJob" }, patch: JSON.stringify(CRON_ENV) },
      ];
      const bundle = await Bundle.overlay(kubectl, "postgres", folders, { patches });
      await bundle.install();
      const offset = await kubectl.exec("deployment/count", ["node", "-p", "new Date().getTimezoneOffset()"], "count");
      same("the servers' minutes behind UTC", Number(offset), -14 * 60);
      same("the database's zone", await postgres.sql("show timezone"), [[DATABASE_ZONE]]);
      const { spec } = await kubectl.get<CronJob>("cronjob", "count-rollup");
      same("the schedule's zone", spec.timeZone, "Etc/UTC");

      step("counting on both sides of midnight");
      const at = (atMs: number, times: number) => ({ method: "GET", path: "/midnight", atMs, times }) as const;
      const requests = [
        at(midnight(2) - 1, 1),
        at(midnight(2), 2),
        at(midnight(1) - 1, 4),
        at(midnight(1), 8),
        at(midnight(0) - 1, 16),
        at(midnight(0), 32),
      ];
      const { target } = bundle;
      same("answered for", await send(kubectl, "zones", "record", { target, service: SERVICE, requests }), 63);
      await rollUpNow(bundle, "zones");
      const key = (daysAgo: number): string => `${dayOf(midnight(daysAgo))} ${SERVICE} GET /midnight`;
      const totals = await bundle.totals(["--from", "2000-01-01", "--service", SERVICE]);
      same("totals by UTC day", Object.fromEntries(totals), { [key(3)]: 1, [key(2)]: 2 + 4, [key(1)]: 8 + 16 });
      const yesterday = await bundle.totals(["--day", "yesterday", "--service", SERVICE]);
      same("yesterday", Object.fromEntries(yesterday), { [key(1)]: 24 });
      const today = await bundle.totals(["--day", "today", "--pending", "--service", SERVICE]);
      same("today", Object.fromEntries(today), { [key(0)]: 32 });
      return "63 requests around three midnights";
    } finally {
      await node.run(["ln", "-sfn", before, "/etc/localtime"]);
    }
  },
};
