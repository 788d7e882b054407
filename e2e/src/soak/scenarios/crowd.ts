import { setTimeout as delay } from "node:timers/promises";
import { faultsFor } from "./faults.ts";
import { play } from "./play.ts";
import type { Scenario } from "./scenario.ts";

const PER_PROCESS = 2_500;
/**
 * All connections are made anew after the last kill. One takes client and server some 8 ms of CPU together, so 10,000 of them
 * take two cores that others use as well minutes.
 */
const FLUSH_LIMIT_MS = 300_000;

export const crowd: Scenario = {
  name: "crowd",
  title: "thousands of small clients, each with its connection, whose server is killed",
  run: (stage) => {
    const clientProcesses = Math.max(2, Math.ceil(stage.crowd / PER_PROCESS));
    const counters = Math.ceil(stage.crowd / clientProcesses);
    // So many connections take their time: no time limit may be near it.
    const delivery = { connectTimeoutMs: 20_000, helloTimeoutMs: 20_000, ackTimeoutMs: 20_000 };
    const load = { counters, maxBurst: 5, maxPauseMs: 400, share: 0.1, sealAfterMs: 1_000, delivery };
    return play(stage, { servers: 1, clientProcesses, load, flushLimitMs: FLUSH_LIMIT_MS, slow: false }, ([server]) =>
      faultsFor(
        stage,
        async () => {
          await delay(stage.seconds * 300);
          await server.stop("SIGKILL");
          await server.start();
          return "SIGKILL of the server";
        },
        2_000,
      ),
    );
  },
};
