import { z } from "zod";
import { settings } from "./settings.ts";
import { annotationMap, byteQuantity, labelMap, objectName, quantity } from "./values.ts";

export function resources(cpu: string, memory: string, memoryLimit: string) {
  return z
    .strictObject({
      cpu: quantity
        .default(cpu)
        .describe(`CPU that is requested. Default ${cpu}. There is no CPU limit: it would throttle flushes.`),
      memory: byteQuantity.default(memory).describe(`Memory that is requested. Default ${memory}.`),
      memoryLimit: byteQuantity
        .default(memoryLimit)
        .describe(`Memory at which the kernel kills the container. Default ${memoryLimit}.`),
    })
    .prefault({})
    .describe("What a container needs.");
}

export type Resources = z.output<ReturnType<typeof resources>>;

const toleration = z.strictObject({
  key: z.string().max(316).optional().describe("Key of the taint. Default: every key, with operator Exists."),
  operator: z.enum(["Equal", "Exists"]).default("Equal").describe("Default Equal."),
  value: z.string().max(63).optional().describe("Value of the taint, with operator Equal."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Default: every effect."),
});

export const placement = z
  .strictObject({
    nodeSelector: labelMap.default({}).describe("Labels that a node must have. Default: none."),
    tolerations: z.array(toleration).max(20).default([]).describe("Taints that are tolerated. Default: none."),
    priorityClassName: objectName.optional().describe("Priority of the pods. Default: the cluster's."),
  })
  .prefault({})
  .describe("On which nodes pods may run. They are spread over hosts and zones in any case.");

export type Placement = z.output<typeof placement>;

const autoscaling = z
  .strictObject({
    minReplicas: z.int().min(1).max(100).default(2).describe("Default 2."),
    maxReplicas: z
      .int()
      .min(1)
      .max(100)
      .default(6)
      .describe("Default 6. The database needs dbPoolSize connections for each."),
    cpuPercent: z.int().min(10).max(500).default(70).describe("Use of the requested CPU that is aimed at. Default 70."),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
    path: ["maxReplicas"],
    message: "expected at least minReplicas",
  });

export const server = z
  .strictObject({
    replicas: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        "Servers. Default 2, and 1 with database.kind inside. With 1, draining its node interrupts ingest until it runs elsewhere; nothing is lost. Without effect with autoscaling.",
      ),
    autoscaling: autoscaling
      .optional()
      .describe("A HorizontalPodAutoscaler by CPU; it needs a metrics server. Default: none."),
    resources: resources("100m", "192Mi", "512Mi"),
    placement,
    podAnnotations: annotationMap
      .default({})
      .describe("Annotations of the server's pods, as for a mesh. Default: none."),
    settings,
  })
  .prefault({})
  .describe("The Deployment of `count serve`.");

export const migration = z
  .strictObject({
    waitSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(300)
      .describe("How long one try waits for a database that is not there yet. Default 300."),
    backoffLimit: z
      .int()
      .min(0)
      .max(100)
      .default(10)
      .describe(
        "Failed tries after which the Job fails. Default 10. A wrong configuration fails at once; the old servers go on either way.",
      ),
    deadlineSeconds: z
      .int()
      .min(60)
      .max(604_800)
      .default(7_200)
      .describe("How long the Job may take in all, waiting included. Default 7200."),
    resources: resources("50m", "96Mi", "256Mi"),
  })
  .prefault({})
  .describe(
    "The Job of `count migrate`. It is named by what it runs, so that every new image, migration or setting has a Job of its own.",
  );

export const rollup = z
  .strictObject({
    schedule: z
      .string()
      .regex(
        /^(?:[-*/,0-9]+ ){2}[-*/,0-9?L]+ [-*/,0-9A-Za-z]+ [-*/,0-9A-Za-z?]+$/,
        'expected five fields of cron such as "10 0 * * *"',
      )
      .default("10 0 * * *")
      .describe("When days are closed, in UTC. Default ten past midnight. A missed run is made up for by the next."),
    sinceYear: z
      .int()
      .min(1)
      .max(9_999)
      .default(1)
      .describe(
        "Closed days before 1 January of this year stay pending. Default 1: none. Each year costs a call of a few milliseconds.",
      ),
    startingDeadlineSeconds: z
      .int()
      .min(3_600)
      .max(604_800)
      .default(21_600)
      .describe("How late a run may start. Default 21600."),
    deadlineSeconds: z.int().min(60).max(86_400).default(3_600).describe("How long a run may take. Default 3600."),
    backoffLimit: z.int().min(0).max(100).default(6).describe("Failed tries after which a run is given up. Default 6."),
    successfulJobsHistoryLimit: z.int().min(0).max(100).default(3).describe("Default 3."),
    failedJobsHistoryLimit: z.int().min(0).max(100).default(3).describe("Default 3."),
    suspend: z
      .boolean()
      .default(false)
      .describe("No runs. Default false. Requests then stay pending until `count rollup` runs."),
    resources: resources("20m", "96Mi", "192Mi"),
  })
  .prefault({})
  .describe("The CronJob of `count rollup`.");
