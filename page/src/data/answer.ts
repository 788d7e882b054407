/** A count: a number where JSON's are exact, and text beyond 2^53 - 1. */
export type JsonCount = number | string;

export interface Row {
  readonly period: string;
  readonly service?: string;
  readonly method?: string;
  readonly path?: string;
  readonly count: JsonCount;
  readonly previous_count?: JsonCount;
  readonly remainder?: true;
}

export interface Period {
  readonly name: string;
  readonly start: string;
  readonly end: string;
}

/** The answer of `/api/v1/totals`; `/openapi.json` describes it. */
export interface Totals {
  readonly time_zone: string;
  readonly granularity: string;
  readonly periods: readonly Period[];
  readonly rows: readonly Row[];
  readonly total: JsonCount;
  readonly previous_total?: JsonCount;
  readonly pending: JsonCount;
  readonly known_lost: JsonCount;
  readonly complete_through: string | null;
  readonly buckets_from: string | null;
  readonly totals_from: string | null;
  readonly snapshot_time: string;
  readonly next_page_token: string | null;
}

/** For sums and bars a double is enough: it is exact up to 2^53, and off by less than a pixel beyond. */
export function toNumber(count: JsonCount | undefined): number {
  return Number(count ?? 0);
}
