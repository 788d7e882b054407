/** Days since 1970-01-01, as the half-open interval [first, end): at least one day. */
export interface Period {
  readonly first: number;
  readonly end: number;
}

/** What is counted: a row of `count.methods`. */
export interface CountedMethod {
  readonly service: string;
  /** Number of count.v1.Method. */
  readonly method: number;
  readonly path: string;
}

/** Totals as the database has them, in no order: the n-th count belongs to the n-th id. */
export interface TotalsById {
  /** Days since 1970-01-01; undefined for a period. */
  readonly day: number | undefined;
  /** Ids of `count.methods`, as text: on CockroachDB they can be beyond 2^53. */
  readonly ids: readonly string[];
  readonly counts: readonly bigint[];
}

/** Totals in the order of an answer. */
export interface Totals {
  /** Every method that has a count, once, ordered by path (its bytes in UTF-8), number of the method and service. */
  readonly methods: readonly CountedMethod[];
  /** Ascending by day. A period is one entry without a day. */
  readonly days: readonly DayTotals[];
}

/** The n-th count belongs to the n-th method. */
export interface DayTotals {
  /** Days since 1970-01-01; undefined for a period. */
  readonly day: number | undefined;
  /** Indexes into {@link Totals.methods}, ascending. */
  readonly methods: Uint32Array;
  readonly counts: readonly bigint[];
}
