/** What a server takes at a time and in a second: in all, and of one client. Infinity: no limit. */
export interface CallLimits {
  /** Calls at a time. */
  readonly maxCalls: number;
  readonly maxCallsPerClient: number;
  /** Batches of `Record`. */
  readonly maxBatchesPerSecond: number;
  readonly maxBatchesPerSecondPerClient: number;
  /** Messages of `Add`. */
  readonly maxMessagesPerSecond: number;
  readonly maxMessagesPerSecondPerClient: number;
}

export const NO_CALL_LIMITS: CallLimits = Object.freeze({
  maxCalls: Number.POSITIVE_INFINITY,
  maxCallsPerClient: Number.POSITIVE_INFINITY,
  maxBatchesPerSecond: Number.POSITIVE_INFINITY,
  maxBatchesPerSecondPerClient: Number.POSITIVE_INFINITY,
  maxMessagesPerSecond: Number.POSITIVE_INFINITY,
  maxMessagesPerSecondPerClient: Number.POSITIVE_INFINITY,
});

/** Every limit that `count_limited_total` tells of. */
export const LIMITS = [
  "connections",
  "connections_per_client",
  "http_connections",
  "web_connections",
  "web_requests",
  "calls",
  "calls_per_client",
  "message_bytes",
  "resets_per_second",
  "batches_per_second",
  "batches_per_second_per_client",
  "messages_per_second",
  "messages_per_second_per_client",
] as const;
export type LimitName = (typeof LIMITS)[number];
