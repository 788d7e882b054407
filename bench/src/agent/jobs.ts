/** Requests on kept connections, each as soon as the one before it was answered. */
export interface ClosedLoopJob {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
}

export interface ClosedLoop {
  readonly requests: number;
  readonly seconds: number;
  /** From the first byte sent to the last one received, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
