import { send } from "../fixtures/client-pod.ts";
import type { Requests } from "../pods/messages.ts";
import { dayOf, midnight } from "../support/days.ts";
import { same, says } from "../support/same.ts";
import { rollUpNow } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";

const SERVICE = "rollup";

function of(daysAgo: number, times: number, path = "/rolled"): Requests {
  return { method: "GET", path, atMs: midnight(daysAgo) + 3_600_000, times };
}

/** As `count totals` of days tells it. */
function expected(rows: readonly (readonly [daysAgo: number, times: number, path?: string])[]): Record<string, number> {
  return Object.fromEntries(
    rows.map(([daysAgo, times, path = "/rolled"]) => [`${dayOf(midnight(daysAgo))} ${SERVICE} GET ${path}`, times]),
  );
}

export const rollup: Scenario = {
  name: "rollup",
  title:
    "a Job of the CronJob closes yesterday and missed days exactly, a second one changes nothing, late requests are added",
  sharesInstallation: true,
  run: async ({ installation, step }) => {
    const { bundle, kubectl } = await installation();
    const { target } = bundle;
    const totals = async (): Promise<Record<string, number>> =>
      Object.fromEntries(await bundle.totals(["--from", "2000-01-01", "--service", SERVICE]));

    step("counting on yesterday, on days that no run has closed, and today");
    const first = [of(1, 30), of(3, 7), of(45, 11), of(400, 13), { ...of(0, 5), atMs: Date.now() }];
    same(
      "answered for",
      await send(kubectl, "rollup-first", "record", { target, service: SERVICE, requests: first }),
      66,
    );
    same("totals before the first roll-up", await totals(), {});
    await rollUpNow(bundle, "rollup-first");
    const rows = [
      [1, 30],
      [3, 7],
      [45, 11],
      [400, 13],
    ] as const;
    same("totals after the first Job", await totals(), expected(rows));

    step("running it again");
    const said = await rollUpNow(bundle, "rollup-second");
    says("the second Job", said, /^Nothing pending on closed days/m);
    same("totals after the second Job", await totals(), expected(rows));

    step("counting late, and on a path of its own");
    const late = [of(1, 2), of(45, 4), of(45, 1, "/late")];
    same("answered for", await send(kubectl, "rollup-late", "record", { target, service: SERVICE, requests: late }), 7);
    await rollUpNow(bundle, "rollup-third");
    const merged = expected([
      [1, 32],
      [3, 7],
      [45, 15],
      [45, 1, "/late"],
      [400, 13],
    ]);
    same("totals with what came late", await totals(), merged);
    const today = await bundle.totals(["--day", "today", "--pending", "--service", SERVICE]);
    same("today, which is open", [...today.values()], [5]);
    return "4 days closed, 3 late counts merged, today left open";
  },
};
