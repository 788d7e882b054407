import { serveCalls } from "../process/serve-calls.ts";
import { cost } from "./cost.ts";
import { cutOff } from "./cut-off.ts";
import type { HostJobs } from "./host-jobs.ts";

// A process that counts, with `--expose-gc`.

const jobs: HostJobs = { cost, cutOff };

serveCalls({ ...jobs });
