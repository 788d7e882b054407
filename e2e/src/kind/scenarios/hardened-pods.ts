import { checkHardened } from "./checks.ts";
import { rollUpNow } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";

export const hardenedPods: Scenario = {
  name: "hardened-pods",
  title: "no container has a token of the API, a writable root file system, or root, Jobs included",
  sharesInstallation: true,
  run: async ({ installation }) => {
    const { bundle, kubectl } = await installation();
    await rollUpNow(bundle, "hardened");
    return `${await checkHardened(kubectl)} containers of servers, migration and roll-ups`;
  },
};
