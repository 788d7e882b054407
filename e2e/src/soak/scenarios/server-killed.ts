import { setTimeout as delay } from "node:timers/promises";
import { faultsFor } from "./faults.ts";
import { play } from "./play.ts";
import type { Scenario } from "./scenario.ts";

export const serverKilled: Scenario = {
  name: "server-killed",
  title: "SIGKILL of `count serve` mid-batch, and a restart",
  run: (stage) =>
    play(stage, { servers: 1, clientProcesses: 2 }, ([server]) =>
      faultsFor(
        stage,
        async () => {
          await server.stop("SIGKILL");
          await delay(stage.random.pick([0, 0, stage.random.int(0, 1_000)]));
          await server.start();
          return "SIGKILL of the server";
        },
        1_200,
      ),
    ),
};
