/** An HTTP server that answers at once. */
export interface ServeJob {
  /** Not at all, by `record()` in its handler, or by the adapter for node:http. */
  readonly counts: "not" | "record" | "middleware";
  /** The Count server. */
  readonly target: string;
}

/** Requests at a rate, whatever becomes of those before: an open loop. */
export interface HttpLoadJob {
  /** Of servers that take turns, a slice of a second each, so that whatever else the machine does falls on all of them. */
  readonly ports: readonly number[];
  /** Requests a second. */
  readonly rate: number;
  /** For each server. */
  readonly seconds: number;
}

/** Of one server. */
export interface HttpLoad {
  readonly requests: number;
  /** From the first byte sent to the last one received, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface WebJobs {
  /** @returns its port */
  serve(job: ServeJob): Promise<number>;
  /** Waits until everything is acknowledged. @returns how many requests were counted since the last call */
  settle(): Promise<number>;
}
