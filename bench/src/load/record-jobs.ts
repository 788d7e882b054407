/** One counter, made for it: `record()` once for each request, as fast as it goes, then `close()`. */
export interface FewJob {
  readonly address: string;
  /** Nothing is recorded after that. */
  readonly seconds: number;
}

/** Counters that are kept from one run to the next, so that no run pays for connections. */
export interface ConnectJob {
  readonly address: string;
  readonly counters: number;
}

/** Each of the counters records ten requests whenever the ten before have left it. */
export interface SmallJob {
  readonly address: string;
  readonly seconds: number;
}

/** What became of the requests of a run: all of them are acknowledged. */
export interface Delivered {
  readonly requests: number;
  readonly batches: number;
}

/** What a process of counters does, by name. */
export interface RecordJobs {
  few(job: FewJob): Promise<Delivered>;
  connect(job: ConnectJob): Promise<void>;
  small(job: SmallJob): Promise<Delivered>;
  /** Closes what `connect` has made. */
  disconnect(): Promise<void>;
}
