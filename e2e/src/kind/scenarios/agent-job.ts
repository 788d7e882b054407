import { type Job, jobLack } from "../cluster/objects.ts";
import { AGENT, applyWithAgent } from "../fixtures/agent-app.ts";
import { clientContainer, clientPodSpec } from "../fixtures/client-pod.ts";
import { same } from "../support/same.ts";
import type { Scenario } from "./scenario.ts";
import { EVERYTHING } from "./under-load.ts";

const LIMIT_MS = 150_000;
const TIMES = 4_321;

export const agentJob: Scenario = {
  name: "agent-job",
  title: "the agent beside a Job delivers what the Job has counted, and lets it complete",
  sharesInstallation: true,
  run: async ({ installation, step, folders }) => {
    const { bundle, kubectl } = await installation();
    const requests = [{ method: "POST", path: "/batches", atMs: Date.now(), times: TIMES }] as const;
    const workload = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "batch", labels: { "count-agent": "true" } },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels: { app: "batch" } },
          spec: clientPodSpec([clientContainer("record", { target: AGENT, service: "batch", requests })]),
        },
      },
    };
    step(`running a Job that counts ${TIMES} requests`);
    await applyWithAgent(bundle, folders, { name: "batch", workload });
    await kubectl.until<Job>("is complete", "job", "batch", jobLack, { limitMs: LIMIT_MS });
    const totals = await bundle.totals([...EVERYTHING, "--service", "batch"]);
    same("totals once the Job is complete", Object.fromEntries(totals), { "batch POST /batches": TIMES });
    await kubectl.run(["delete", "job", "batch", "--wait=false"]);
    return `${TIMES} requests`;
  },
};
