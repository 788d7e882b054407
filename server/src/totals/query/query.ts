import type { PathPattern } from "../../domain/path-pattern.ts";
import type { PagePosition } from "./page-token.ts";
import type { Boundaries } from "./periods.ts";

/** A column of `count.methods` by which requests are grouped. */
export type Dimension = "service" | "method" | "path";

/** A QueryTotalsRequest that was checked and worked out. */
export interface TotalsQuery {
  readonly boundaries: Boundaries;
  /** As many periods; undefined: no comparison. */
  readonly previous: Boundaries | undefined;
  readonly groupBy: readonly Dimension[];
  /** Undefined: all. */
  readonly services: readonly string[] | undefined;
  /** Numbers of count.v1.Method. Undefined: all. */
  readonly methods: readonly number[] | undefined;
  /** Undefined: all. */
  readonly paths: readonly PathPattern[] | undefined;
  readonly rolledUpOnly: boolean;
  /** The largest groups only; undefined: all, in pages. */
  readonly top: number | undefined;
  readonly pageSize: number;
  /** Where the page begins; undefined: at the beginning. */
  readonly from: PagePosition | undefined;
  /** Of everything but the page token. */
  readonly checksum: string;
  /** What the request calls its range and granularity, for an error. */
  readonly words: string;
}
