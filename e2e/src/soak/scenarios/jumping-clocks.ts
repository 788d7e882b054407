import { setTimeout as delay } from "node:timers/promises";
import { faultsFor } from "./faults.ts";
import { hurriedDelivery, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";

const SERVER_CLOCK = new URL("../clients/jump-server-clock.js", import.meta.url).href;

export const jumpingClocks: Scenario = {
  name: "jumping-clocks",
  title: "wall clocks of clients and servers that jump, by minutes to years, both ways",
  run: (stage) => {
    const { random } = stage;
    const delivery = { ...hurriedDelivery(stage), maxStreamAgeMs: 1_000 };
    const load = { delivery, jumpingClock: true };
    const nodeFlags = ["--import", SERVER_CLOCK];
    return play(stage, { servers: 2, clientProcesses: 2, load, server: { nodeFlags } }, (servers) =>
      faultsFor(
        stage,
        async () => {
          const server = servers[random.int(0, servers.length - 1)];
          await server?.stop("SIGKILL");
          await delay(random.int(0, 300));
          await server?.start();
          return "SIGKILL of a server";
        },
        3_000,
      ),
    );
  },
};
