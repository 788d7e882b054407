import { send } from "../fixtures/client-pod.ts";
import { install } from "../fixtures/installation.ts";
import { COUNT_IMAGE, NEXT_IMAGES } from "../images/names.ts";
import { dayOf, midnight } from "../support/days.ts";
import { same } from "../support/same.ts";
import { checkCounts } from "./checks.ts";
import { rollUpNow } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";

const PREFIX = "team-";

export const overlay: Scenario = {
  name: "overlay",
  title: "a kustomize overlay with a namespace, a prefix and another image installs, counts and rolls up",
  run: async ({ namespace, folders, authority, step }) => {
    const kubectl = await namespace("count-e2e-overlay");
    const [name = "", tag = ""] = NEXT_IMAGES.next.split(":");
    step("applying");
    const { bundle } = await install(kubectl, folders, authority, { prefix: PREFIX, image: { name, tag } });
    const images = (await bundle.servers()).flatMap(({ spec }) => spec.containers.map(({ image }) => image));
    same("the servers' images", [...new Set(images)], [NEXT_IMAGES.next]);
    await checkCounts(bundle, "overlay");
    step("rolling up, by a Job of the renamed CronJob");
    const { target } = bundle;
    const requests = [{ method: "GET", path: "/overlay", atMs: midnight(1), times: 17 }] as const;
    same("answered for", await send(kubectl, "overlay", "record", { target, service: "yesterday", requests }), 17);
    await rollUpNow(bundle, "overlay-rollup");
    const totals = await bundle.totals(["--from", "2000-01-01", "--service", "yesterday"]);
    same("totals", Object.fromEntries(totals), { [`${dayOf(midnight(1))} yesterday GET /overlay`]: 17 });
    return `${PREFIX}count of ${NEXT_IMAGES.next} instead of ${COUNT_IMAGE}`;
  },
};
