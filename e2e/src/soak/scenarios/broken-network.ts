import { setTimeout as delay } from "node:timers/promises";
import { BreakingProxy } from "../net/breaking-proxy.ts";
import { faultsFor } from "./faults.ts";
import { play } from "./play.ts";
import type { Scenario, Stage } from "./scenario.ts";

async function breakOnce({ random }: Stage, proxy: BreakingProxy): Promise<string> {
  const pause = (maxMs: number): Promise<void> => delay(random.int(1, maxMs));
  const fault = random.pick(["cut", "delays", "half-close", "swallowed answers", "silence"]);
  switch (fault) {
    case "cut":
      proxy.cut();
      break;
    case "half-close":
      proxy.halfClose(random.pick(["client", "server"]));
      break;
    case "delays":
      proxy.maxDelayMs = random.int(1, 200);
      await pause(1_000);
      break;
    case "swallowed answers":
      proxy.swallowsAnswers = true;
      await pause(600);
      // At times the connection goes on, with a hole in what the server said.
      if (random.chance(0.7)) proxy.cut();
      break;
    default:
      proxy.isSilent = true;
      await pause(1_500);
      if (random.chance(0.5)) proxy.cut();
  }
  proxy.heal();
  return fault;
}

export const brokenNetwork: Scenario = {
  name: "broken-network",
  title: "a proxy that cuts, delays, half-closes, swallows answers or falls silent",
  async run(stage) {
    const proxies: BreakingProxy[] = [];
    const cast = {
      servers: stage.random.int(1, 2),
      clientProcesses: 2,
      target: async (servers: readonly { readonly port: number }[]) => {
        for (const server of servers) proxies.push(await BreakingProxy.start(() => server.port));
        stage.releases.add(() => Promise.all(proxies.map((proxy) => proxy.close())));
        return `ipv4:${proxies.map(({ address }) => address).join(",")}`;
      },
    };
    return play(stage, cast, () =>
      faultsFor(
        stage,
        async () => {
          const proxy = proxies[stage.random.int(0, proxies.length - 1)];
          return proxy === undefined ? "nothing" : breakOnce(stage, proxy);
        },
        400,
      ),
    );
  },
};
