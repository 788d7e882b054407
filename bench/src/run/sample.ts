/** What one run of a candidate took. What the system does not tell (off Linux, or of a part that took no part) is undefined. */
export interface Sample {
  /** Requests, or rows, that the run handled. */
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: PerPart;
  /** Peak resident memory during the run. PostgreSQL's is not told: its processes share most of it. */
  readonly peakBytes: Pick<PerPart, "server" | "client">;
  /** Of the whole PostgreSQL, from a checkpoint before the run on. */
  readonly walBytes: number | undefined;
  /** Further figures of a measure, by the names that it tells. */
  readonly more?: Readonly<Record<string, number>>;
}

export interface PerPart {
  readonly server: number | undefined;
  readonly postgres: number | undefined;
  readonly client: number | undefined;
}

export function rateOf(sample: Sample): number {
  return sample.events / sample.seconds;
}
