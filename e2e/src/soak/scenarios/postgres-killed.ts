import { faultsFor } from "./faults.ts";
import { play } from "./play.ts";
import type { Scenario } from "./scenario.ts";

export const postgresKilled: Scenario = {
  name: "postgres-killed",
  title: "SIGKILL of PostgreSQL, all of it or one backend, and its recovery",
  unfit: ({ own }) => (own === undefined ? "the database is not the soak's own" : undefined),
  run: (stage) => {
    const own = stage.database.own;
    if (own === undefined) throw new Error("postgres-killed needs a PostgreSQL of its own");
    return play(stage, { servers: stage.random.int(1, 2), clientProcesses: 2 }, () =>
      faultsFor(
        stage,
        async () => {
          if (stage.random.chance(0.6)) {
            await own.killAndRestart();
            return "SIGKILL of PostgreSQL";
          }
          // While it recovers from the one before, nobody can ask it for its backends.
          const isDone = await own
            .killBackend((count) => stage.random.int(0, count - 1))
            .then(
              () => true,
              () => false,
            );
          return isDone ? "SIGKILL of a backend" : "nothing";
        },
        1_500,
      ),
    );
  },
};
