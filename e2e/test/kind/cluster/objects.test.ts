import { describe, expect, test } from "@jest/globals";
import { type Deployment, type Job, jobLack, rolloutLack } from "../../../src/kind/cluster/objects.ts";

const OBJECT = {
  apiVersion: "v1",
  kind: "any",
  metadata: { name: "count", uid: "1", resourceVersion: "1", generation: 3, creationTimestamp: "2026-11-24T00:00:00Z" },
};
const DONE = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };

function deployment(status: Deployment["status"]): Deployment {
  return { ...OBJECT, spec: { replicas: 2 }, status };
}

function job(status: Job["status"]): Job {
  return { ...OBJECT, status };
}

describe("a rollout", () => {
  test("is over when every wanted pod is new and ready, and no other is there", () => {
    expect(rolloutLack(deployment(DONE))).toBeUndefined();
  });

  test.each([
    ["an old pod is still there", { ...DONE, replicas: 3 }],
    ["a new pod is not ready", { ...DONE, readyReplicas: 1 }],
    ["a pod is of the version before", { ...DONE, updatedReplicas: 1 }],
    ["the controller has not seen the change", { ...DONE, observedGeneration: 2 }],
    ["nothing is there yet", {}],
  ])("is not over as long as %s", (_, status) => {
    const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status as Deployment["status"];
    expect(rolloutLack(deployment(status))).toBe(
      `2 wanted, ${replicas} there, ${updatedReplicas} of them new, ${readyReplicas} ready`,
    );
  });
});

describe("a Job", () => {
  test("is done when it says so, and not when a pod of it has succeeded", () => {
    expect(jobLack(job({ succeeded: 1, active: 0 }))).toBe("active 0, failed 0");
    expect(jobLack(job({ succeeded: 1, conditions: [{ type: "Complete", status: "True" }] }))).toBeUndefined();
  });

  test("that has failed is an error with the reason", () => {
    const conditions = [
      { type: "Failed", status: "True", reason: "PodFailurePolicy", message: "exit code 78" },
    ] as const;
    expect(() => jobLack(job({ failed: 1, conditions }))).toThrow("Job count failed: PodFailurePolicy exit code 78");
  });
});
