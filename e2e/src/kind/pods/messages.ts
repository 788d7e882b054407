/** What the programs in pods are told, as JSON in their first argument, and what they print, as the last line. */

export interface LoadOptions {
  /** A gRPC target. */
  readonly target: string;
  readonly service: string;
  readonly counters: number;
  /** Different paths. */
  readonly paths: number;
  /** The most requests that one counter records in one go. */
  readonly maxBurst: number;
  /** Milliseconds between two goes, at most. */
  readonly maxPauseMs: number;
  readonly sealAfterMs: number;
}

/** Over all counters of a pod. */
export interface LoadReport {
  readonly recorded: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly dropped: number;
  readonly pending: number;
  readonly failures: number;
  readonly batchesResent: number;
  /** Requests by method and path, as the program counted them by itself. */
  readonly sent: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** Requests of one moment. */
export interface Requests {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "GRPC";
  readonly path: string;
  /** Since 1970-01-01T00:00:00Z, in milliseconds. */
  readonly atMs: number;
  readonly times: number;
}

/** For both ways of sending a known number of requests: with `@count/client`, and by `Add` as existing clients do. */
export interface SendOptions {
  readonly target: string;
  /** Only for the client: `Add` of existing clients has none. */
  readonly service: string;
  readonly requests: readonly Requests[];
  /** Only for the client. Default: none. */
  readonly token?: string;
}

export interface SendReport {
  /** What the server has answered for. */
  readonly acknowledged: number;
}
