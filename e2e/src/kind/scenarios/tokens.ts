import { send } from "../fixtures/client-pod.ts";
import { secret } from "../fixtures/secret.ts";
import { Team } from "../fixtures/team.ts";
import { COUNT_IMAGE } from "../images/names.ts";
import { run } from "../support/command.ts";
import { dayOf, midnight } from "../support/days.ts";
import { same, says } from "../support/same.ts";
import { until } from "../support/until.ts";
import { rollUpNow } from "./roll-up-job.ts";
import type { Scenario } from "./scenario.ts";

const LIMIT_MS = 60_000;
const REREAD_LIMIT_MS = 120_000;

interface Made {
  readonly token: string;
  /** Of the servers' file. */
  readonly entry: object;
}

/** By the image, as the next steps say. */
async function newToken(...args: string[]): Promise<Made> {
  const command = ["run", "--rm", COUNT_IMAGE, "token", "--json", ...args];
  return JSON.parse(await run("docker", command, { limitMs: LIMIT_MS })) as Made;
}

/** JSON is YAML. */
function authFile(...made: readonly Made[]): object {
  return secret("count-auth", { "auth.yaml": JSON.stringify({ tokens: made.map(({ entry }) => entry) }) });
}

export const tokens: Scenario = {
  name: "tokens",
  title:
    "servers that ask who calls know tokens from Secrets, the roll-up shows its own, and a new one needs no restart",
  run: async (stage) => {
    const team = await Team.create(stage, "tokens");
    const { kubectl } = team;
    const [rollup, shop, people] = [
      await newToken("--name", "rollup", "--scope", "rollup"),
      await newToken("--name", "shop", "--scope", "record", "--service", "shop"),
      await newToken("--name", "people", "--scope", "read"),
    ];
    await kubectl.apply([authFile(rollup, shop), secret("count-rollup-token", { token: rollup.token })]);
    stage.step("applying, with tokens");
    const bundle = await team.bundle({ auth: {} });
    await bundle.install();
    const servers = (await bundle.servers()).map(({ metadata }) => metadata.uid).sort();

    stage.step("counting with a token, and rolling up with the CronJob's own");
    const requests = [{ method: "GET", path: "/cart", atMs: midnight(1), times: 11 }] as const;
    const options = { target: bundle.target, service: "shop", requests, token: shop.token };
    same("answered for", await send(kubectl, "shop", "record", options), 11);
    await rollUpNow(bundle, "tokens-rollup");

    const look = (token?: string) => {
      const flags = token === undefined ? [] : ["--token-file", "/dev/stdin"];
      const command = ["count", "totals", "--from", "2000-01-01", "--json", ...flags];
      const asked = ["exec", "--stdin", `deployment/${bundle.name}`, "-c", "count", "--", ...command];
      return kubectl.try(asked, { input: token ?? "" });
    };
    says("whoever shows no token", (await look()).stderr, /asks who you are/);
    says("whoever shows another's", (await look(shop.token)).stderr, /does not allow it/);

    stage.step("adding a token to the Secret");
    says("whoever is not known yet", (await look(people.token)).stderr, /asks who you are/);
    await kubectl.apply([authFile(rollup, shop, people)]);
    // The kubelet looks at a pod's Secrets every minute or so, and when the pod changes.
    await kubectl.run(["annotate", "pods", "-l", "app.kubernetes.io/component=server", "count-e2e/looked=at"]);
    const totals = await until(
      "the new token to be known",
      async () => {
        const { code, stdout, stderr } = await look(people.token);
        return code === 0 ? { value: JSON.parse(stdout) as object[] } : { not: stderr };
      },
      { limitMs: REREAD_LIMIT_MS, pauseMs: 1_000 },
    );
    same("totals", totals, [{ date: dayOf(midnight(1)), service: "shop", method: "GET", path: "/cart", count: 11 }]);
    same("the servers from before", (await bundle.servers()).map(({ metadata }) => metadata.uid).sort(), servers);
    return "known, refused, and rotated without a restart";
  },
};
