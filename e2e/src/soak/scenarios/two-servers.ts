import { faultsFor } from "./faults.ts";
import { hurriedDelivery, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";

export const twoServers: Scenario = {
  name: "two-servers",
  title: "two servers that clients go to in turn, restarted in turn",
  run: (stage) => {
    const { random } = stage;
    const delivery = { ...hurriedDelivery(stage), maxStreamAgeMs: random.int(20, 800) };
    const server = { flags: ["--max-connection-age-ms", "1000", "--max-connection-age-grace-ms", "500"] };
    let turn = 0;
    return play(stage, { servers: 2, clientProcesses: 2, load: { delivery }, server }, (servers) =>
      faultsFor(
        stage,
        async () => {
          const next = servers[turn++ % servers.length];
          const signal = random.pick<"SIGINT" | "SIGKILL">(["SIGINT", "SIGINT", "SIGKILL"]);
          await next?.stop(signal);
          await next?.start();
          return signal === "SIGKILL" ? "SIGKILL of a server" : "restart of a server";
        },
        1_200,
      ),
    );
  },
};
