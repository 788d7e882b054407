import { connectDatabase } from "../../src/db/pool-database.ts";
import { rollUp } from "../../src/rollup/roll-up.ts";
import type { Period } from "../../src/totals/totals.ts";

/** What `roll-up-child.ts` is told. */
export interface RollUpChildOptions {
  readonly url: string;
  readonly period: Period;
  readonly maxStepRows: number;
}

// Rolls up, with a line for each step, so that a test can kill it in between.
const { url, period, maxStepRows } = JSON.parse(process.argv[2] ?? "") as RollUpChildOptions;
const database = await connectDatabase({ url });
process.stdout.write("begin\n");
await rollUp(database, period, { maxStepRows, onStep: () => process.stdout.write("step\n") });
process.stdout.write("end\n");
await database.close();
