import type { Counting, CountOptions } from "../../../src/adapters/node-http.ts";
import { until } from "../../support/until.ts";
import { countsOf } from "./counts.ts";
import { Stage } from "./stage.ts";

/**
 * What an app counted.
 *
 * @param run Starts the app with these options, sends it requests, and returns its adapter; what it has to end, it gives the stage.
 */
export async function counted(
  run: (options: CountOptions, stage: Stage) => Promise<Counting>,
): Promise<Record<string, number>> {
  await using stage = new Stage();
  const server = await stage.count();
  const counting = await run({ target: server.target, service: "" }, stage);
  await until(() => counting.statistics().open === 0);
  if (counting.statistics().failures > 0) throw new Error("the adapter failed");
  await counting.close();
  return countsOf(server.database);
}
