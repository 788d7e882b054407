import { agentJob } from "./agent-job.ts";
import { cockroachdbAdmission, cockroachdbCluster, cockroachdbJobs } from "./cockroachdb.ts";
import { configurationChange, wrongCa, wrongHost } from "./configuration.ts";
import { databaseAbsent } from "./database-absent.ts";
import { documentedCommandsScenario } from "./documented-commands.ts";
import { databaseRestarted, nodeDrained, rollingUpdate, scaled, serverKilled } from "./faults.ts";
import { demo, demoReversed, postgres, postgresReversed } from "./fresh.ts";
import { hardenedPods } from "./hardened-pods.ts";
import { helm } from "./helm.ts";
import { image } from "./image.ts";
import { overlay } from "./overlay.ts";
import { rollup } from "./rollup.ts";
import type { Scenario } from "./scenario.ts";
import { threeWays } from "./three-ways.ts";
import { timeZones } from "./time-zones.ts";
import { tokens } from "./tokens.ts";
import { failingMigration, migrationKilled, newImage, twoMigrators } from "./upgrades.ts";

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  image,
  demo,
  demoReversed,
  postgres,
  postgresReversed,
  threeWays,
  rollup,
  timeZones,
  rollingUpdate,
  serverKilled,
  databaseRestarted,
  scaled,
  nodeDrained,
  newImage,
  migrationKilled,
  twoMigrators,
  failingMigration,
  databaseAbsent,
  configurationChange,
  wrongCa,
  wrongHost,
  tokens,
  hardenedPods,
  agentJob,
  cockroachdbAdmission,
  cockroachdbJobs,
  cockroachdbCluster,
  overlay,
  documentedCommandsScenario,
  helm,
];
