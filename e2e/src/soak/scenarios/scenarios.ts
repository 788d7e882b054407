import { brokenNetwork } from "./broken-network.ts";
import { clientKilled } from "./client-killed.ts";
import { conflicts } from "./conflicts.ts";
import { crowd } from "./crowd.ts";
import { jumpingClocks } from "./jumping-clocks.ts";
import { postgresKilled } from "./postgres-killed.ts";
import type { Scenario } from "./scenario.ts";
import { serverKilled } from "./server-killed.ts";
import { twoServers } from "./two-servers.ts";

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  serverKilled,
  postgresKilled,
  brokenNetwork,
  conflicts,
  twoServers,
  clientKilled,
  jumpingClocks,
  crowd,
];
