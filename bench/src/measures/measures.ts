import type { Group } from "../options.ts";
import type { Measure } from "../run/measure.ts";
import { addFlood, addStreams } from "./add.ts";
import { listYear } from "./list.ts";
import { rollUp } from "./roll-up.ts";
import type { Workbench } from "./workbench.ts";

/** The measures of each group. A new one is a file beside this one and a line here. */
export const MEASURES: Readonly<Record<Group, readonly ((bench: Workbench) => Measure)[]>> = {
  add: [addStreams, addFlood],
  rollup: [rollUp],
  list: [listYear],
};
