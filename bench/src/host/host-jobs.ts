/** Ways to count a request in the host; see the functions of these names. */
export const WAYS = ["record", "dictionary", "joined key"] as const;
export type Way = (typeof WAYS)[number];

export interface CostJob {
  readonly way: Way;
  readonly calls: number;
  /** Where the counter delivers to. */
  readonly address: string;
}

export interface Cost {
  readonly seconds: number;
  /** How much the heap has grown in all. Zero collections went on meanwhile, or it says nothing. */
  readonly heapBytes: number;
  readonly collections: number;
}

/** A counter without a server for a time that a clock that is told makes short. */
export interface CutOffJob {
  /** The server that is there at the end. */
  readonly address: string;
  readonly requests: number;
  readonly hours: number;
  readonly keys: number;
  /** Length of each path. */
  readonly pathBytes: number;
}

export interface CutOff {
  readonly requests: number;
  /** Resident memory before the first request, the most of it while cut off, and the most of it until all was delivered. */
  readonly startBytes: number;
  readonly cutOffBytes: number;
  readonly peakBytes: number;
  /** From the moment that the server could be reached. */
  readonly deliverySeconds: number;
}

export interface HostJobs {
  cost(job: CostJob): Promise<Cost>;
  cutOff(job: CutOffJob): Promise<CutOff>;
}
