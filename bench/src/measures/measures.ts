import type { MeasureName } from "../options.ts";
import type { Measure } from "../run/measure.ts";
import { addFlood, addStreams } from "./add.ts";
import { agentProxy } from "./agent.ts";
import { clientCutOff } from "./client-cut-off.ts";
import { hostCost } from "./host-cost.ts";
import { httpLatency } from "./http-latency.ts";
import { listYear } from "./list.ts";
import { queryYear } from "./query-year.ts";
import { recordFew, recordSmall } from "./record.ts";
import { rollUp } from "./roll-up.ts";
import { serverOverload } from "./server-overload.ts";
import type { Workbench } from "./workbench.ts";

type Made = Measure | readonly Measure[];

/** How each measure is made, or one of each size. A new one is a file beside this one, a line here and its name in the options. */
export const MEASURES: Readonly<Record<MeasureName, (bench: Workbench) => Made | Promise<Made>>> = {
  "record-few": recordFew,
  "record-small": recordSmall,
  "add-streams": addStreams,
  "add-flood": addFlood,
  "host-cost": hostCost,
  "http-latency": httpLatency,
  agent: agentProxy,
  "client-cut-off": clientCutOff,
  "server-overload": serverOverload,
  "roll-up": rollUp,
  "list-year": listYear,
  "query-year": queryYear,
};
