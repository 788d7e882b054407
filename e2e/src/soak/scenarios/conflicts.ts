import { setTimeout as delay } from "node:timers/promises";
import { injectConflicts, withInjectedConflicts } from "../postgres/troubles.ts";
import { type Cast, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";

export const conflicts: Scenario = {
  name: "conflicts",
  title: "40001 in one of three statements that store or roll up",
  run: (stage) => {
    const injection: Partial<Cast> = stage.database.isCockroach
      ? { serverUrl: withInjectedConflicts }
      : { prepare: injectConflicts };
    return play(stage, { servers: 2, clientProcesses: 2, ...injection }, async () => {
      await delay(stage.seconds * 1_000);
      return { "40001 all the time": 1 };
    });
  },
};
