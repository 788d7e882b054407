import type { Kubectl } from "../cluster/kubectl.ts";
import { type Job, jobLack } from "../cluster/objects.ts";
import type { Bundle } from "../fixtures/bundle.ts";

const LIMIT_MS = 120_000;

/** Creates a Job from the CronJob, as people do when a run was missed, and waits for it. @returns what it said */
export async function rollUpNow({ kubectl, name: bundle }: Bundle, name: string): Promise<string> {
  await kubectl.run(["create", "job", name, `--from=cronjob/${bundle}-rollup`]);
  await kubectl.until<Job>("is complete", "job", name, jobLack, { limitMs: LIMIT_MS });
  return saidBy(kubectl, name);
}

/** What the pods of a Job have said. */
export function saidBy(kubectl: Kubectl, job: string): Promise<string> {
  return kubectl.run(["logs", "--tail=-1", "-l", `batch.kubernetes.io/job-name=${job}`]);
}
