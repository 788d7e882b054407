import { z } from "zod";

const DAY_MS = 86_400_000;

function whole(min: number, max: number) {
  return z.int().min(min).max(max);
}

function wholeOrUnlimited(min: number, max: number) {
  return z.union([whole(min, max), z.literal("unlimited")]);
}

/**
 * The settings of `count serve` that a bundle leaves to its team, with the server's ranges; a test compares them with the
 * server's own. What is left out has the server's default, and its description is in docs/settings.md.
 */
export const settings = z
  .strictObject({
    logLevel: z
      .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
      .default("info")
      .describe("The least severe log records that are written. Default info."),
    dbPoolSize: whole(2, 1_000)
      .default(8)
      .describe(
        "Connections of each server to the database. Default 8. The database needs as many for every replica, and one set more during an update.",
      ),
    dbRetryLimitMs: whole(0, DAY_MS)
      .default(10_000)
      .describe(
        "Milliseconds for which a statement is tried again while the database is away. Default 10000. After that clients get UNAVAILABLE and send again.",
      ),
    drainDelayMs: whole(0, 600_000)
      .default(5_000)
      .describe(
        "Milliseconds for which a server that is stopped still serves while it is taken out of the Services. Default 5000. Shorter than that takes, new calls are refused.",
      ),
    stopLimitMs: whole(1_000, 3_600_000)
      .default(30_000)
      .describe("Milliseconds that stopping may take in all. Default 30000. The pod's grace period is 5 s longer."),
    maxMessageBytes: whole(1_024, 1_073_741_824)
      .optional()
      .describe("Size of a gRPC message in bytes. Default: the server's, 4194304."),
    maxConnections: whole(1, 1_000_000)
      .optional()
      .describe("gRPC connections of each server at a time. Default: the server's, 20000."),
    maxConnectionsPerClient: wholeOrUnlimited(1, 1_000_000)
      .optional()
      .describe(
        "The same of one address. Default: the server's, unlimited. Whatever comes through one proxy or node address is one.",
      ),
    maxCalls: wholeOrUnlimited(1, 1_000_000)
      .optional()
      .describe("Calls of each server at a time. Default: the server's, 50000."),
    maxCallsPerClient: wholeOrUnlimited(1, 1_000_000)
      .optional()
      .describe("The same of one token or certificate, or of one address without. Default: the server's, unlimited."),
    maxBatchesPerSecond: wholeOrUnlimited(1, 1_000_000)
      .optional()
      .describe("Batches of Record that each server takes in a second. Default: the server's, unlimited."),
    maxBatchesPerSecondPerClient: wholeOrUnlimited(1, 1_000_000)
      .optional()
      .describe("The same of one client. Default: the server's, unlimited."),
    maxMessagesPerSecond: wholeOrUnlimited(1, 10_000_000)
      .optional()
      .describe("Messages of Add that each server takes in a second. Default: the server's, unlimited."),
    maxMessagesPerSecondPerClient: wholeOrUnlimited(1, 10_000_000)
      .optional()
      .describe("The same of one client. Default: the server's, unlimited."),
    maxConnectionAgeMs: wholeOrUnlimited(1_000, DAY_MS)
      .optional()
      .describe(
        "Age at which a connection takes no more calls, so that clients find new servers. Default: the server's, 600000. With unlimited, servers that an autoscaler adds stay idle.",
      ),
    maxConnectionAgeGraceMs: wholeOrUnlimited(0, DAY_MS)
      .optional()
      .describe("Milliseconds for which calls may go on after that. Default: the server's, 3600000."),
    maxPathBytes: whole(1, 1_300)
      .optional()
      .describe("Length of a path and of a service. Default: the server's, 1024."),
    maxPathsPerService: whole(1, 10_000_000)
      .optional()
      .describe("Different paths of a service; further ones count as (overflow). Default: the server's, 10000."),
    maxServices: whole(1, 1_000_000)
      .optional()
      .describe("Different services; further ones count as (overflow). Default: the server's, 1000."),
    maxAheadMs: whole(0, 365 * DAY_MS)
      .optional()
      .describe("How far a timestamp may be ahead. Default: the server's, 300000."),
    maxBehindMs: wholeOrUnlimited(0, 3_650_000 * DAY_MS)
      .optional()
      .describe("How far a timestamp may lie back. Default: the server's, unlimited."),
    metricsToday: z
      .enum(["on", "off"])
      .optional()
      .describe(
        "Whether /metrics tells how often each service and method was called today. Default: the server's, on. Whoever may reach the port of metrics sees the names of services.",
      ),
    bucketRetentionDays: whole(2, 3_650)
      .optional()
      .describe("Days for which 15-minute counts are kept. Default: the server's, 35."),
    totalsRetentionDays: wholeOrUnlimited(2, 36_500)
      .optional()
      .describe(
        "Days for which daily totals are kept; older ones are removed for good. Not less than bucketRetentionDays. Default: the server's, unlimited.",
      ),
  })
  .refine(({ drainDelayMs, stopLimitMs }) => drainDelayMs < stopLimitMs, {
    path: ["drainDelayMs"],
    message: "expected less than stopLimitMs, or nothing is left for draining",
  })
  .refine(
    ({ bucketRetentionDays = 35, totalsRetentionDays = "unlimited" }) =>
      totalsRetentionDays === "unlimited" || totalsRetentionDays >= bucketRetentionDays,
    {
      path: ["totalsRetentionDays"],
      message: "expected bucketRetentionDays (default 35) or more",
    },
  )
  .prefault({})
  .describe("Settings of the server.");

export type Settings = z.output<typeof settings>;

/** As the environment of `count`, in the order of the keys. */
export function settingsEnv(values: Settings): Record<string, string> {
  const entries = Object.entries(values).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[settingEnv(key), String(value)]],
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `dbPoolSize` as `COUNT_DB_POOL_SIZE`. */
export function settingEnv(key: string): string {
  return `COUNT_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
